#pragma once
/// States of a container and the one table of transitions between them.
///
/// Source of the picture: docs/architecture.md, "The state machine".

#include <span>
#include <string>
#include <string_view>

namespace skiff::libpod {

enum class State { Configured, Created, Running, Paused, Stopping, Stopped, Removing, Unknown };

/// What moves a container from one state to the next.
enum class Operation {
    Init,        ///< mount the root file system, write config.json, OCI create
    Start,       ///< OCI start
    Pause,
    Unpause,
    Stop,        ///< the stop signal is on its way
    Exit,        ///< init has ended, for whatever reason, and was settled
    Exec,        ///< a further process; the state stays
    Remove,
    Reboot,      ///< a new epoch: nothing that ran before runs now
};

/// What must hold, besides the state, for a transition. Checked by the caller's facts.
enum class Guard {
    None,
    InitAlive,   ///< init runs (pid and start time, or pidfd)
    InitGone,    ///< init has ended
    Forced,      ///< the user said --force (or the container does not run)
};

struct Transition {
    Operation operation;
    State from;
    State to;
    Guard guard;
    std::string_view action;  ///< what the engine does on the way, for readers and `container history`
};

/// Facts against which guards are checked.
struct Facts {
    bool init_alive = false;
    bool forced = false;
};

/// The table, for tests and documentation.
std::span<const Transition> transitions();

/// The transition for `operation` out of `from`. Throws Error{WrongState} naming the container, its state, and the
/// states in which the operation is possible.
const Transition& transition_for(Operation operation, State from, Facts facts, std::string_view container_name);

/// In the database and in code: "configured", "created", …
std::string_view state_name(State state);
/// Throws Error{Corrupt} for an unknown word.
State state_from_name(std::string_view name);
/// As ps and inspect show it: podman's words ("created" for Configured, "initialized" for Created, "exited").
std::string_view shown_state(State state);
std::string_view operation_name(Operation operation);

}  // namespace skiff::libpod
