#pragma once
/// Which containers a command acts on: names, --all, --latest, --filter, --cidfile. Shared by start, stop, restart, kill,
/// pause, unpause, rm, init.

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "libpod/container.h"
#include "libpod/many.h"
#include "libpod/state.h"
#include "util/error.h"

namespace CLI {
class App;
}
namespace skiff::libpod {
class Runtime;
}

namespace skiff::cli {

class Failures;

struct Selection {
    std::vector<std::string> names;
    std::vector<std::string> filters;
    std::vector<std::string> cidfiles;
    bool all = false;
    bool latest = false;
    bool ignore = false;  ///< what does not exist is no failure
};

/// CONTAINER… and -l.
void add_selection(CLI::App& command, Selection& selection);
/// `what`: "Stop all running containers".
void add_all(CLI::App& command, const std::string& names, Selection& selection, const std::string& what);
void add_filters(CLI::App& command, Selection& selection);
void add_cidfiles(CLI::App& command, Selection& selection);
/// -l.
void add_latest(CLI::App& command, bool& latest);

/// One container to act on, and how the user named it.
struct Target {
    std::string given;  ///< the argument; the ID when it was chosen otherwise
    libpod::Container container;
};


/// True for the containers that --all and --filter mean.
using Wanted = std::function<bool(libpod::State)>;

/// Throws Error{Invalid} when nothing, or contradicting things, were said, and Error{NotFound} when one that was named does not exist
/// (without `ignore`): then nothing is done to the others. Source: podman-stop(1) and its siblings, as podman behaves. Called docker, such
/// an error goes to `failures` instead: docker acts on the others.
std::vector<Target> select(libpod::Runtime& runtime, const Selection& selection, const Wanted& wanted, Failures& failures);

/// Acts on each, echoing what went well; gives the exit status.
int for_each_target(libpod::Runtime& runtime, const Selection& selection, const Wanted& wanted,
                    const std::function<void(libpod::Container&)>& step);

/// The same for an operation on all of them at once (libpod/many.h).
using WorkOnMany = std::function<void(std::span<libpod::Container* const>, const libpod::Outcome&)>;
int for_targets_together(libpod::Runtime& runtime, const Selection& selection, const Wanted& wanted, const WorkOnMany& work);

/// The one container of commands that take exactly one: by name, or the latest.
libpod::Container find_one(libpod::Runtime& runtime, const std::string& name, bool latest);
/// The same for each name. Throws at the first that is missing.
std::vector<libpod::Container> find_all(libpod::Runtime& runtime, const std::vector<std::string>& names, bool latest);

}  // namespace skiff::cli
