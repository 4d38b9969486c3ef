#pragma once
/// Labels of the security modules.

#include "oci/native/spec.h"
#include "util/fd.h"

namespace skiff::oci::native {

/// Throws Error{Unsupported} when the process asks for a label of a module that this kernel does not run.
void check_labels(const Process& process);

/// The stub program as a sealed, executable memfd: nothing can be written to it, by whatever path it is reached.
UniqueFd make_stub();

}  // namespace skiff::oci::native
