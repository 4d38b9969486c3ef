#pragma once
/// Output on the client's side: from the monitor's pipe, then from the rest that came with the exit, to one of the
/// caller's descriptors.

#include <poll.h>

#include "oci/monitor/relay.h"
#include "util/fd.h"

namespace skiff::oci::monitor {

class OutputFlow {
public:
    OutputFlow(UniqueFd source, int target);

    /// What to wait for before the next pump(); fd -1 when there is nothing to wait for.
    pollfd waits_for() const noexcept;
    /// False when whoever reads the target has left (EPIPE). Throws SystemError when it cannot be written.
    bool pump();
    /// No more than what waits in the source, a pipe, is read of it: others may hold it open, and go on writing.
    void cut();
    /// The end is known; `rest` (may be empty) follows what is still in the pipe.
    void finish(UniqueFd rest);
    /// Everything there will ever be was written.
    bool is_done() const noexcept { return finished_ && !source_; }

private:
    void next_source();

    UniqueFd source_;
    UniqueFd rest_;
    int target_;
    Relay relay_;
    bool waits_for_target_ = false;
    bool finished_ = false;
};

}  // namespace skiff::oci::monitor
