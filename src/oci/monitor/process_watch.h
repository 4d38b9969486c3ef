#pragma once
/// The end of the monitored process: reaped when it is our child, read from its pidfd when it is not (a successor).

#include <optional>

#include "util/process.h"

namespace skiff::oci::monitor {

class ProcessWatch {
public:
    explicit ProcessWatch(const ProcessIdentity& process);

    /// Readable when the process has ended; -1 when it had before.
    int pidfd() const noexcept { return pidfd_.get(); }
    /// Reaps every ended child (a subreaper gets orphans too); the status once the process has ended.
    /// A status that cannot be known is {137, 0}.
    std::optional<ExitStatus> poll_end();
    void kill(int signal) noexcept;

private:
    void reap_children();
    bool has_ended() const;
    ExitStatus status_of_stranger() const;
    std::optional<ExitStatus> status_from_pidfd() const;
    std::optional<ExitStatus> status_of_zombie() const;

    ProcessIdentity process_;
    UniqueFd pidfd_;
    bool is_child_ = false;
    std::optional<ExitStatus> status_;
};

}  // namespace skiff::oci::monitor
