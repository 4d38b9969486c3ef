#pragma once
/// Whether the kernel killed a process of the cgroup for lack of memory.
/// Source: cgroup-v2.rst, memory.events (oom_kill); cgroup-v1/memory.rst, 10. OOM Control.

#include <cstdint>
#include <string>

#include "util/fd.h"

namespace skiff::oci::monitor {

class OomWatch {
public:
    /// Of "…/memory.events" (v2) or "…/memory.oom_control" (v1). What cannot be watched is only read at the end.
    explicit OomWatch(const std::string& path);

    /// Readable when something happened; -1 when there is nothing to wait for.
    int fd() const noexcept { return events_.get(); }
    /// Reads the counter; the cgroup may be gone afterwards.
    void refresh();
    bool oom_killed() const noexcept { return killed_; }

private:
    std::uint64_t count() const;

    std::string path_;
    UniqueFd events_;  ///< inotify (v2) or eventfd (v1)
    std::uint64_t before_ = 0;
    bool killed_ = false;
};

}  // namespace skiff::oci::monitor
