#pragma once

#include "util/json.h"

namespace skiff::cli {

/// `info` has two sets of names: JSON members ("ociRuntime") and those that a template uses ("OCIRuntime").
/// Gives the document with the latter. Source: podman-info(1), --format.
OrderedJson with_go_names(const OrderedJson& document);

}  // namespace skiff::cli
