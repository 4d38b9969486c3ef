#pragma once
#include <string_view>

#include "util/json.h"

namespace skiff::cli::tmpl {

/// The value of a member that podman's inspect documents leave out while it is empty and templates may name all the
/// same; nullptr for any other name. `parent` is the member that holds it, "." for the
/// document itself, empty where that is not known.
/// Source: podman, libpod/define/container_inspect.go and pkg/inspect: members with omitempty.
const OrderedJson* omitted_member(std::string_view parent, std::string_view name);

}  // namespace skiff::cli::tmpl
