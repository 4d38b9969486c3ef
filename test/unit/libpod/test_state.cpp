#include <doctest/doctest.h>

#include <set>
#include <utility>

#include "libpod/state.h"
#include "util/error.h"

using namespace skiff;
using namespace skiff::libpod;

TEST_CASE("the table has one row for each operation and state") {
    std::set<std::pair<Operation, State>> seen;
    for (const auto& row : transitions()) CHECK(seen.insert({row.operation, row.from}).second);
}

TEST_CASE("a transition that the table does not have is refused, naming state and allowed states") {
    try {
        transition_for(Operation::Pause, State::Stopped, {}, "web");
        FAIL("allowed");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::WrongState);
        CHECK(std::string{error.what()} ==
              "cannot pause container \"web\": it is exited, which must be one of: running");
    }
}

TEST_CASE("every state can be left by removal, forced where it runs") {
    for (const State state : {State::Configured, State::Created, State::Running, State::Paused, State::Stopping,
                              State::Stopped, State::Removing, State::Unknown}) {
        CHECK(transition_for(Operation::Remove, state, {.forced = true}, "web").to == State::Removing);
    }
    CHECK_THROWS_AS(transition_for(Operation::Remove, State::Running, {.init_alive = true}, "web"), Error);
    CHECK(transition_for(Operation::Remove, State::Stopped, {}, "web").to == State::Removing);
}

TEST_CASE("a reboot leaves nothing running") {
    for (const auto& row : transitions()) {
        if (row.operation != Operation::Reboot) continue;
        CHECK(row.to != State::Running);
        CHECK(row.to != State::Created);
        CHECK(row.to != State::Paused);
    }
}

TEST_CASE("an exit is only taken from a process that has ended") {
    CHECK_THROWS_AS(transition_for(Operation::Exit, State::Running, {.init_alive = true}, "web"), Error);
    CHECK(transition_for(Operation::Exit, State::Running, {.init_alive = false}, "web").to == State::Stopped);
}

TEST_CASE("state names go back and forth") {
    for (const State state : {State::Configured, State::Created, State::Running, State::Paused, State::Stopping,
                              State::Stopped, State::Removing, State::Unknown}) {
        CHECK(state_from_name(state_name(state)) == state);
    }
    CHECK_THROWS_AS(state_from_name("asleep"), Error);
}
