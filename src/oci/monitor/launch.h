#pragma once
/// The hidden command line between become_monitor and run_monitor.

#include "oci/monitor/monitor.h"

namespace skiff::oci::monitor {

struct Launch {
    Plan plan;
    PlanFds fds;
};
/// Takes over what `argv` names; every descriptor is close-on-exec again. Throws Error.
Launch read_launch(int argc, char** argv);

}  // namespace skiff::oci::monitor
