#pragma once
#include <string>

#include "libpod/runtime.h"

namespace skiff::libpod {

/// Has every container run by the OCI runtime `name` from its next start on; those that run are stopped first. Takes the
/// containers' operation locks. Throws Error{NotFound} for an unknown runtime, before anything is stopped.
void change_oci_runtime(Runtime& runtime, const std::string& name);

}  // namespace skiff::libpod
