#include "util/digest.h"

#include <algorithm>
#include <array>

#include "util/error.h"
#include "util/sha256.h"
#include "util/text.h"

namespace skiff {
namespace {

struct Algorithm {
    std::string_view name;
    std::size_t digits;
};
constexpr std::array<Algorithm, 3> kAlgorithms{{{"sha256", 64}, {"sha384", 96}, {"sha512", 128}}};

bool lower_hex(char digit) { return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f'); }

}  // namespace

std::optional<Digest> Digest::try_parse(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto hex = text.substr(colon + 1);
    const auto known = std::any_of(kAlgorithms.begin(), kAlgorithms.end(), [&](const Algorithm& algorithm) {
        return algorithm.name == text.substr(0, colon) && algorithm.digits == hex.size();
    });
    if (!known || !std::all_of(hex.begin(), hex.end(), lower_hex)) return std::nullopt;
    return Digest{text};
}

Digest Digest::parse(std::string_view text) {
    if (auto digest = try_parse(text)) return *digest;
    constexpr std::size_t kShown = 160;
    throw Error{ErrorKind::Invalid, concat("not a digest: ", quote(text.substr(0, kShown))),
                "sha256:, sha384: or sha512: and lower-case hexadecimal digits are expected"};
}

Digest Digest::sha256(std::string_view hex) { return parse(concat("sha256:", hex)); }

Digest Digest::of(std::string_view content) { return sha256(sha256_hex(content)); }

}  // namespace skiff
