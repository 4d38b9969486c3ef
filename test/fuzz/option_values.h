#pragma once
#include <string_view>

namespace skiff::libpod {

/// Feeds one input to a parser of option values; aborts when something malformed is accepted.
void fuzz_option_values(std::string_view input);

}  // namespace skiff::libpod
