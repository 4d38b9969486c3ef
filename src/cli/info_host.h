#pragma once

#include "libpod/runtime.h"
#include "util/json.h"

namespace skiff::cli {

/// The object "host" of `info`. Never fails for what it cannot find out: info is what one runs to find out what is wrong.
OrderedJson host_document(const libpod::Runtime& runtime);

}  // namespace skiff::cli
