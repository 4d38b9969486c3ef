#include <algorithm>
#include <filesystem>

#include "libpod/parse/refuse.h"
#include "libpod/parse/values.h"
#include "util/json.h"

namespace skiff::libpod {

void check_name(std::string_view what, std::string_view name) {
    constexpr std::string_view kGrammar = "[a-zA-Z0-9][a-zA-Z0-9_.-]*, at most 255 characters";
    const auto subject = concat(what, " name");
    if (name.empty()) refuse(subject, name, "is empty", kGrammar);
    if (name.size() > 255) refuse(subject, name.substr(0, 40), "is too long", kGrammar);
    const bool first_fits = consists_of(name.substr(0, 1), kAlphanumeric);
    const bool rest_fits = consists_of(name, concat(kAlphanumeric, "_.-"));
    if (!first_fits || !rest_fits) refuse(subject, name, "has characters that are not allowed", kGrammar);
}

namespace {
/// A user or group: a name, or a decimal number that a kernel ID can be.
void check_user_part(std::string_view user, std::string_view part) {
    constexpr std::string_view kGrammar = "USER[:GROUP], names or numbers from 0 to 2147483647";
    if (part.empty()) refuse("user", user, "has an empty part", kGrammar);
    if (consists_of(part, kDigits)) {
        const auto number = parse_uint(part);
        if (!number || *number > 2147483647U) refuse("user", user, "a number is out of range", kGrammar);
        return;
    }
    const bool first_fits = part.front() != '-' && part.front() != '+';
    if (!first_fits || !consists_of(part, concat(kAlphanumeric, "_.-+$@\\"))) {
        refuse("user", user, "has characters that are not allowed", kGrammar);
    }
}
}  // namespace

void check_user(std::string_view user) {
    if (user.empty()) return;
    const auto colon = user.find(':');
    check_user_part(user, user.substr(0, colon));
    if (colon != std::string_view::npos) check_user_part(user, user.substr(colon + 1));
}

std::vector<std::string> parse_entrypoint(std::string_view text) {
    if (text.empty()) return {};
    const auto array = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    const bool words = array.is_array() && std::all_of(array.begin(), array.end(), [](auto& e) { return e.is_string(); });
    if (words) return array.get<std::vector<std::string>>();
    return {std::string{text}};
}

std::string clean_absolute(std::string_view what, std::string_view path) {
    if (path.empty() || path.front() != '/') refuse(what, path, "is not an absolute path");
    if (path.find('\0') != std::string_view::npos) refuse(what, path, "holds a NUL byte");
    std::string clean = std::filesystem::path{path}.lexically_normal().string();
    if (clean.size() > 1 && clean.back() == '/') clean.pop_back();
    return clean;
}

std::string absolute_host_path(std::string_view path, std::string_view current_directory) {
    if (path.starts_with('/')) return clean_absolute("path", path);
    return clean_absolute("path", concat(current_directory, "/", path));
}

bool parse_bool(std::string_view what, std::string_view text) {
    const auto word = lower(text);
    if (word == "true" || word == "1" || word == "t") return true;
    if (word == "false" || word == "0" || word == "f") return false;
    refuse(what, text, "is neither true nor false");
}

}  // namespace skiff::libpod
