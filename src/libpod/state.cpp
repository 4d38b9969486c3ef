#include "libpod/state.h"

#include <algorithm>
#include <array>

#include "util/error.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

using enum State;

constexpr std::array kTransitions{
    // operation, from, to, guard, action
    Transition{Operation::Init, Configured, Created, Guard::None, "mount, write config.json, OCI create"},
    Transition{Operation::Init, Stopped, Created, Guard::None, "mount, write config.json, OCI create"},
    Transition{Operation::Start, Created, Running, Guard::None, "OCI start"},
    Transition{Operation::Pause, Running, Paused, Guard::InitAlive, "freeze the cgroup"},
    Transition{Operation::Unpause, Paused, Running, Guard::InitAlive, "thaw the cgroup"},
    Transition{Operation::Exec, Running, Running, Guard::InitAlive, "start a process beside init"},
    Transition{Operation::Exec, Stopping, Stopping, Guard::InitAlive, "start a process beside init"},
    Transition{Operation::Stop, Created, Stopping, Guard::None, "kill init, which has not started"},
    Transition{Operation::Stop, Running, Stopping, Guard::None, "send the stop signal, then SIGKILL"},
    Transition{Operation::Stop, Paused, Stopping, Guard::None, "thaw, send the stop signal, then SIGKILL"},
    Transition{Operation::Stop, Stopping, Stopping, Guard::None, "send the stop signal again, then SIGKILL"},
    Transition{Operation::Exit, Created, Stopped, Guard::InitGone, "read the exit file, OCI delete, release"},
    Transition{Operation::Exit, Running, Stopped, Guard::InitGone, "read the exit file, OCI delete, release"},
    Transition{Operation::Exit, Paused, Stopped, Guard::InitGone, "read the exit file, OCI delete, release"},
    Transition{Operation::Exit, Stopping, Stopped, Guard::InitGone, "read the exit file, OCI delete, release"},
    Transition{Operation::Exit, Unknown, Stopped, Guard::InitGone, "OCI delete, release"},
    Transition{Operation::Remove, Configured, Removing, Guard::None, "delete all that carries the ID"},
    Transition{Operation::Remove, Stopped, Removing, Guard::None, "delete all that carries the ID"},
    Transition{Operation::Remove, Created, Removing, Guard::Forced, "kill, then delete all that carries the ID"},
    Transition{Operation::Remove, Running, Removing, Guard::Forced, "kill, then delete all that carries the ID"},
    Transition{Operation::Remove, Paused, Removing, Guard::Forced, "kill, then delete all that carries the ID"},
    Transition{Operation::Remove, Stopping, Removing, Guard::Forced, "kill, then delete all that carries the ID"},
    Transition{Operation::Remove, Unknown, Removing, Guard::Forced, "kill, then delete all that carries the ID"},
    Transition{Operation::Remove, Removing, Removing, Guard::None, "go on deleting"},
    Transition{Operation::Reboot, Configured, Configured, Guard::None, "nothing"},
    Transition{Operation::Reboot, Created, Configured, Guard::None, "forget the process"},
    Transition{Operation::Reboot, Running, Stopped, Guard::None, "forget the process"},
    Transition{Operation::Reboot, Paused, Stopped, Guard::None, "forget the process"},
    Transition{Operation::Reboot, Stopping, Stopped, Guard::None, "forget the process"},
    Transition{Operation::Reboot, Stopped, Stopped, Guard::None, "nothing"},
    Transition{Operation::Reboot, Removing, Removing, Guard::None, "go on deleting"},
    Transition{Operation::Reboot, Unknown, Stopped, Guard::None, "forget the process"},
};

struct StateWords {
    State state;
    std::string_view name;
    std::string_view shown;
};

constexpr std::array kStates{
    StateWords{Configured, "configured", "created"}, StateWords{Created, "created", "initialized"},
    StateWords{Running, "running", "running"},       StateWords{Paused, "paused", "paused"},
    StateWords{Stopping, "stopping", "stopping"},    StateWords{Stopped, "stopped", "exited"},
    StateWords{Removing, "removing", "removing"},    StateWords{Unknown, "unknown", "unknown"},
};

const StateWords& words_of(State state) {
    return *std::find_if(kStates.begin(), kStates.end(), [&](const auto& words) { return words.state == state; });
}

bool holds(Guard guard, Facts facts) {
    switch (guard) {
        case Guard::None: return true;
        case Guard::InitAlive: return facts.init_alive;
        case Guard::InitGone: return !facts.init_alive;
        case Guard::Forced: return facts.forced;
    }
    return false;
}

std::string states_allowing(Operation operation) {
    std::vector<std::string> names;
    for (const auto& row : kTransitions) {
        if (row.operation == operation) names.emplace_back(shown_state(row.from));
    }
    return join(names, ", ");
}

std::string refused_guard(Guard guard) {
    switch (guard) {
        case Guard::InitAlive: return "its process has ended";
        case Guard::InitGone: return "its process still runs";
        case Guard::Forced: return "it must be stopped first";
        case Guard::None: break;
    }
    return {};
}

}  // namespace

std::span<const Transition> transitions() { return kTransitions; }

const Transition& transition_for(Operation operation, State from, Facts facts, std::string_view container_name) {
    const auto* found = std::find_if(kTransitions.begin(), kTransitions.end(), [&](const Transition& row) {
        return row.operation == operation && row.from == from;
    });
    const auto refused = [&](std::string why, std::string hint) {
        return Error{ErrorKind::WrongState,
                     concat("cannot ", operation_name(operation), " container ", quote(container_name), ": it is ",
                            shown_state(from), ", ", why),
                     std::move(hint)};
    };
    if (found == kTransitions.end()) throw refused(concat("which must be one of: ", states_allowing(operation)), {});
    if (!holds(found->guard, facts)) {
        throw refused(refused_guard(found->guard),
                      operation == Operation::Remove ? "stop it, or use --force" : std::string{});
    }
    return *found;
}

std::string_view state_name(State state) { return words_of(state).name; }
std::string_view shown_state(State state) { return words_of(state).shown; }

State state_from_name(std::string_view name) {
    for (const auto& words : kStates) {
        if (words.name == name) return words.state;
    }
    throw Error{ErrorKind::Corrupt, concat("the state database holds the unknown state ", quote(name))};
}

std::string_view operation_name(Operation operation) {
    switch (operation) {
        case Operation::Init: return "init";
        case Operation::Start: return "start";
        case Operation::Pause: return "pause";
        case Operation::Unpause: return "unpause";
        case Operation::Stop: return "stop";
        case Operation::Exit: return "settle";
        case Operation::Exec: return "exec in";
        case Operation::Remove: return "remove";
        case Operation::Reboot: return "reset";
    }
    return "change";
}

}  // namespace skiff::libpod
