#pragma once
/// Input on the client's side: from the caller's descriptor to the monitor's pipe; from a terminal through the
/// detach keys (only there: a byte of binary input is no key).

#include <poll.h>

#include <optional>

#include "oci/monitor/detach_keys.h"
#include "oci/monitor/relay.h"
#include "util/fd.h"

namespace skiff::oci::monitor {

class StdinFlow {
public:
    enum class Step { Going, Ended, Detached };

    StdinFlow(int source, UniqueFd target, std::string detach_keys);

    pollfd waits_for() const noexcept;
    /// Ended: nothing more will be sent; eof() tells whether because the input ended.
    Step pump();
    bool eof() const noexcept { return eof_; }
    /// Closes the pipe to the monitor.
    void close() noexcept { target_.reset(); }

private:
    Step pump_terminal();
    Step pump_bytes();
    bool write_pending();

    int source_;
    UniqueFd target_;
    bool is_terminal_;
    DetachFilter filter_;
    std::string pending_;
    std::optional<Relay> relay_;
    bool waits_for_target_ = false;
    bool eof_ = false;
};

}  // namespace skiff::oci::monitor
