#pragma once
/// Named points at which test/fault stops, kills or fails skiff. Nothing remains of them in a build
/// without -Dfaults=true.
///
/// SKIFF_FAULT=ACTION:POINT[:N] in the environment arms one: ACTION is kill, stop (SIGSTOP), or an errno
/// name (ENOSPC, EIO, EBUSY) that is thrown as a SystemError; POINT is the point's name or "*"; N counts
/// its visits from 1. SKIFF_FAULT_LOG=FILE appends each visited point's name, for the test to sample from.

namespace skiff {

#ifdef SKIFF_FAULTS
void fault_point(const char* name);
#else
inline void fault_point(const char*) noexcept {}
#endif

}  // namespace skiff
