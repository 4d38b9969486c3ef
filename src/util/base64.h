#pragma once
/// Base64 with padding. Source: RFC 4648, 4.

#include <optional>
#include <string>
#include <string_view>

namespace skiff {

std::string base64_encoded(std::string_view bytes);
/// nullopt for anything that is not base64; trailing NULs, which some helpers write, are dropped by the caller.
std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace skiff
