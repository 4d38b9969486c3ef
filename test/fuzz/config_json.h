#pragma once
#include <string_view>

namespace skiff::oci::native {

/// Feeds one text to the parser of config.json; aborts when it accepts what no container may have.
void fuzz_config_json(std::string_view text);

}  // namespace skiff::oci::native
