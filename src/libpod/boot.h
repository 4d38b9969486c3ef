#pragma once
/// Which containers the host's start brings up again, and its end takes down: what a daemon would do by itself.
///
/// | policy         | ran when the host went down | ended by itself before | stopped by the user | never started |
/// | no             | stays                       | stays                  | stays               | stays         |
/// | on-failure     | starts                      | stays                  | stays               | stays         |
/// | unless-stopped | starts                      | starts                 | stays               | stays         |
/// | always         | starts                      | starts                 | starts              | stays         |

#include <functional>
#include <string>
#include <vector>

#include "libpod/container_config.h"
#include "libpod/container_row.h"
#include "libpod/runtime.h"
#include "util/error.h"

namespace skiff::libpod {

/// The table above.
bool starts_at_boot(const RestartPolicy& policy, const ContainerState& state);

/// Containers in waves: each needs only what is in earlier ones (--requires, namespaces of another container). Those in a
/// circle, which cannot be, come last.
std::vector<std::vector<ContainerRow>> in_dependency_order(std::vector<ContainerRow> rows);

/// Called for each container that was tried; nullptr: it went well. A failure without a text was printed by the process that tried.
using BootOutcome = std::function<void(const ContainerRow& row, const Error* failure)>;

/// Starts what starts_at_boot(), wave by wave, several at a time, each by a process of its own. Containers that were to be removed
/// at their end (--rm) and ran when the host went down are removed.
void boot_containers(Runtime& runtime, const BootOutcome& outcome);
/// Stops what runs and has a policy, those first that need others, and remembers that the next boot is to start it: that is
/// not a stop by the user.
void shut_down_containers(Runtime& runtime, const BootOutcome& outcome);

/// In a container's details: the host went down under it.
std::string with_interruption(const std::string& details);
bool was_interrupted(const ContainerState& state);
std::string without_interruption(const std::string& details);

/// True when something on this host will call boot_containers(): a unit of skiff's that is enabled, or it was called before.
bool boot_is_installed(const Runtime& runtime);
/// True the first time it is asked, so that what is missing is said once.
bool first_mention_of_boot(const Runtime& runtime);

}  // namespace skiff::libpod
