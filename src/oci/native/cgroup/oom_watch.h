#pragma once
/// Tells at once when the kernel kills a process of a cgroup for want of memory.
///
/// Source: the kernel's admin-guide/cgroup-v1/memory (oom_control, event_control), cgroup-v2 (memory.events), inotify(7).

#include "oci/native/cgroup/cgroup.h"

namespace skiff::oci::native::cgroup {

class OomWatch {
public:
    /// Without a memory controller fd() is -1 and nothing is ever told.
    explicit OomWatch(const Cgroup& group);

    /// Readable when something may have happened; -1: nothing to watch.
    int fd() const noexcept { return event_.get(); }
    /// Takes what fd() has; true when the kernel killed since the last call.
    bool take(const Cgroup& group);

private:
    UniqueFd event_;
    UniqueFd control_;  ///< v1: oom_control, held open for the event
    std::uint64_t kills_ = 0;
};

}  // namespace skiff::oci::native::cgroup
