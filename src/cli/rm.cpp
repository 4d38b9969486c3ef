#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "cli/stop_time.h"
#include "libpod/container.h"
#include "libpod/listed_config.h"
#include "libpod/runtime.h"
#include "util/error.h"

namespace skiff::cli {

namespace {

struct RemoveCall {
    Selection selection;
    bool force = false;
    bool volumes = false;
    bool depend = false;
    std::optional<std::int64_t> seconds;
};

bool any_state(libpod::State) { return true; }

// Who needs whom, read once: asking again for each container would make the removal of many quadratic.
class Dependents {
public:
    explicit Dependents(const libpod::Runtime& runtime) {
        for (const libpod::ContainerRow& row : runtime.list()) {
            const auto config = libpod::read_listed_config(row.config);
            const libpod::Namespaces& spaces = config.namespaces;
            for (const libpod::NamespaceMode* mode : {&spaces.pid, &spaces.ipc, &spaces.network, &spaces.uts, &spaces.user, &spaces.cgroup}) {
                if (mode->kind == libpod::NamespaceKind::Container) of_[mode->value].insert(row.id);
            }
            for (const std::string& id : config.requires_containers) of_[id].insert(row.id);
        }
    }

    // Appends what is not in `order` yet: those that need `id`, those that need them first, and `id`.
    void add_to(std::vector<std::string>& order, const std::string& id) {
        if (!seen_.insert(id).second) return;
        if (const auto found = of_.find(id); found != of_.end()) {
            for (const std::string& dependent : found->second) add_to(order, dependent);
        }
        order.push_back(id);
    }

private:
    std::map<std::string, std::set<std::string>> of_;
    std::set<std::string> seen_;
};

// With --all, the newest first: a container may need older ones, never younger ones.
std::vector<Target*> in_order_of_removal(std::vector<Target>& targets, bool all) {
    std::vector<Target*> order;
    for (Target& target : targets) order.push_back(&target);
    if (all) std::ranges::reverse(order);
    return order;
}

// What is to go, in that order, and how each is told to the user.
struct Order {
    std::vector<libpod::Container*> containers;
    std::vector<std::string> shown;
    std::vector<libpod::Container> dependents;
};

Order only_named(const std::vector<Target*>& targets) {
    Order order;
    for (Target* target : targets) {
        order.containers.push_back(&target->container);
        order.shown.push_back(target->given);
    }
    return order;
}

Order with_dependents(libpod::Runtime& runtime, const std::vector<Target*>& targets) {
    std::map<std::string, Target*> named;
    std::vector<std::string> ids;
    Dependents dependents{runtime};
    for (Target* target : targets) {
        named.emplace(target->container.id(), target);
        dependents.add_to(ids, target->container.id());
    }
    Order order;
    order.dependents.reserve(ids.size());
    for (const std::string& id : ids) {
        const auto found = named.find(id);
        if (found == named.end()) order.dependents.push_back(runtime.find(id));
        order.containers.push_back(found == named.end() ? &order.dependents.back() : &found->second->container);
        order.shown.push_back(found == named.end() ? id : found->second->given);
    }
    return order;
}

// What cannot be removed goes to `failures`.
void remove_all(libpod::Runtime& runtime, const std::vector<Target*>& targets, const RemoveCall& call,
                const libpod::RemoveOptions& options, Failures& failures) {
    const Order order = call.depend ? with_dependents(runtime, targets) : only_named(targets);
    libpod::remove_many(runtime, order.containers, options, [&](std::size_t index, const Error* failure) {
        if (failure == nullptr) return print_line(order.shown[index]);
        const bool was_gone = failure->kind() == ErrorKind::NotFound && call.selection.ignore;  // somebody was faster
        if (!was_gone) failures.add(*failure);
    });
}

int rm(libpod::Runtime& runtime, RemoveCall& call) {
    if (call.seconds && !call.force && !call.depend) throw Error{ErrorKind::Invalid, "--force option must be specified to use the --time option"};
    libpod::RemoveOptions options;
    options.force = call.force || call.depend;
    options.volumes = call.volumes;
    options.stop_timeout = stop_time(call.seconds);
    // What is gone already is what --force wanted.
    call.selection.ignore = call.selection.ignore || call.force;
    Failures failures;
    std::vector<Target> targets;
    if (failures.attempt([&] { targets = select(runtime, call.selection, any_state, failures); })) {
        remove_all(runtime, in_order_of_removal(targets, call.selection.all), call, options, failures);
    }
    // What another container needs is none of the states that podman-rm(1) has 2 for.
    const bool wrong_state = failures.count(ErrorKind::WrongState) != 0 || failures.count(ErrorKind::InUse) == 0;
    return wrong_state ? failures.removal_status() : failures.status();
}

}  // namespace

void define_rm(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<RemoveCall>();
    add_selection(command, call->selection);
    add_all(command, "-a,--all", call->selection, "Remove all containers");
    add_cidfiles(command, call->selection);
    add_flag(command, "--depend", call->depend, "Remove the containers that need it too");
    add_list(command, "--filter", call->selection.filters, "KEY=VALUE", "Containers that match");
    add_flag(command, "-f,--force", call->force, "Remove running containers too; what does not exist is no failure");
    add_flag(command, "-i,--ignore", call->selection.ignore, "A container that does not exist is no failure");
    add_stop_time(command, call->seconds);
    add_flag(command, "-v,--volumes", call->volumes, "Remove the container's anonymous volumes");
    invocation.action = [call](libpod::Runtime& runtime) { return rm(runtime, *call); };
}

}  // namespace skiff::cli
