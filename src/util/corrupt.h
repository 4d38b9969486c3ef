#pragma once
#include <string>

#include "util/error.h"

namespace skiff {

/// Throws Error{Corrupt}: input from outside (an archive, a manifest) breaks its format.
[[noreturn]] inline void throw_corrupt(std::string why) { throw Error{ErrorKind::Corrupt, std::move(why)}; }

}  // namespace skiff
