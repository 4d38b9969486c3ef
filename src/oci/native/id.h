#pragma once
/// Container IDs.

#include <string_view>

namespace skiff::oci::native {

/// An ID is a file name of [A-Za-z0-9_+.-], not "." or "..", at most 1024 bytes. Throws InvalidId.
void check_id(std::string_view id);

}  // namespace skiff::oci::native
