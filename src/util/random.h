#pragma once
/// Random identifiers, from getrandom(2).

#include <cstddef>
#include <string>

namespace skiff {

/// `digits` lower-case hexadecimal digits (an even number).
std::string random_hex(std::size_t digits);
/// A container, pod or exec session ID: 64 hexadecimal digits.
std::string random_id();

}  // namespace skiff
