#pragma once
/// Between create and start: two FIFOs in the container's directory that the stub holds open.
///
/// "start" is read by the stub: one byte lets it go on. "started" is what it writes a failure to; both are
/// close-on-exec, so that the end of file on "started" means that the user's program runs. Whether a container still
/// waits is told by the kernel, not by a record: opening "start" for writing fails with ENXIO once nobody reads it.

#include <string>

#include "util/fd.h"

namespace skiff::oci::native {

struct StartGate {
    UniqueFd start;    ///< both open for reading and writing
    UniqueFd started;
};

/// Makes the FIFOs (0600) in the container's directory, for the init process to inherit.
StartGate make_gate(int directory);
/// True while the stub waits.
bool is_waiting(int directory);
/// Lets the stub go on and waits until the program runs: empty, or the stub's report (stub/message.h).
/// Throws Error{WrongState} when nobody waits.
std::string open_gate(int directory);

}  // namespace skiff::oci::native
