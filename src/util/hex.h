#pragma once
#include <span>
#include <string>

namespace skiff {

/// Two lower-case hexadecimal digits a byte.
std::string hex_of(std::span<const unsigned char> bytes);

}  // namespace skiff
