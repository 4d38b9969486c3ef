#pragma once
/// Content digests, "ALGORITHM:HEX". The one parser at every entrance: nothing that did not pass it becomes a
/// path, a URL or a row. Source: OCI image-spec, descriptor.md, Digests.

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace skiff {

/// A valid digest; there is no empty one. sha256, sha384 and sha512 with exactly their length in lower-case
/// hexadecimal.
class Digest {
public:
    /// Throws Error{Invalid} quoting `text`.
    static Digest parse(std::string_view text);
    static std::optional<Digest> try_parse(std::string_view text);
    /// From 64 lower-case hexadecimal digits, as a Hasher gives them. Throws Error{Invalid}.
    static Digest sha256(std::string_view hex);
    /// The SHA-256 of `content`.
    static Digest of(std::string_view content);

    std::string_view algorithm() const noexcept { return std::string_view{text_}.substr(0, colon_); }
    std::string_view hex() const noexcept { return std::string_view{text_}.substr(colon_ + 1); }
    const std::string& text() const noexcept { return text_; }
    bool is_sha256() const noexcept { return colon_ == 6 && text_.size() == 71; }

    bool operator==(const Digest& other) const noexcept { return text_ == other.text_; }
    std::strong_ordering operator<=>(const Digest& other) const noexcept { return text_ <=> other.text_; }

private:
    explicit Digest(std::string_view text) : text_{text}, colon_{text.find(':')} {}
    std::string text_;
    std::size_t colon_;
};

}  // namespace skiff
