#pragma once
/// The container's terminal.
///
/// Source: pts(4), ioctl_tty(2), TIOCGPTPEER (Linux 4.13).

#include <string>

#include "oci/native/spec.h"
#include "util/fd.h"

namespace skiff::oci::native {

struct Terminal {
    UniqueFd master;
    UniqueFd slave;
};

/// A new terminal of the devpts below `root`; its slave is opened from the master, never by a path.
Terminal open_terminal(int root);
/// Window size, when the spec names one.
void set_size(const Terminal& terminal, const Process& process);
/// Hands the master to who listens (SCM_RIGHTS).
void send_master(int console_socket, int master);
/// Makes the slave the controlling terminal and the three standard descriptors of this session leader.
void take_terminal(int slave);
/// A connected socket to the listening path; ones longer than sun_path go through /proc/self/fd.
UniqueFd connect_unix(const std::string& path);

}  // namespace skiff::oci::native
