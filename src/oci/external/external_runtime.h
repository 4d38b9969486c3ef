#pragma once
/// What is particular to external OCI runtimes, beside make_external_runtime() of oci/runtime.h.

#include "oci/runtime.h"
#include "util/error.h"

namespace skiff::oci {

/// True when a runtime refused the host's cgroup layout, so that another runtime may do better (crun refuses a v1 or
/// hybrid host that lacks some controllers). Decided when the error is made, from the runtime's own message.
bool is_cgroup_refusal(const Error& error);

}  // namespace skiff::oci
