#include <doctest/doctest.h>

#include "libpod/boot.h"
#include "libpod/usage.h"
#include "util/journal.h"
#include "util/json.h"

using namespace skiff;
using namespace skiff::libpod;

TEST_CASE("usage: interfaces of /proc/PID/net/dev, without the loopback") {
    const auto interfaces = parse_interfaces(
        "Inter-|   Receive                                                |  Transmit\n"
        " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"
        "    lo: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0\n"
        "  eth0:1234567 12 1 2 0 0 0 0 7654321 21 3 4 0 0 0 0\n");
    REQUIRE(interfaces.size() == 1);
    const auto& eth0 = interfaces.at("eth0");
    CHECK(eth0.received_bytes == 1234567);
    CHECK(eth0.received_dropped == 2);
    CHECK(eth0.sent_bytes == 7654321);
    CHECK(eth0.sent_errors == 3);
    CHECK(parse_interfaces("garbage\nx: 1 2").empty());
}

TEST_CASE("usage: flat keyed files") {
    CHECK(keyed_value("usage_usec 12\nuser_usec 7\n", "user_usec") == 7);
    CHECK(keyed_value("inactive_file_x 3\ninactive_file 4\n", "inactive_file") == 4);
    CHECK(keyed_value("a 1", "b") == 0);
}

TEST_CASE("journal: values with newlines carry their length") {
    const JournalFields fields{{"MESSAGE", "one\ntwo"}, {"PRIORITY", "6"}};
    CHECK(journal_entry(fields) == std::string{"MESSAGE\n\x07\0\0\0\0\0\0\0one\ntwo\nPRIORITY=6\n", 35});
}

TEST_CASE("boot: policy and last state decide") {
    const auto starts = [](RestartKind kind, int count, bool by_user, bool interrupted) {
        ContainerState state;
        state.state = State::Stopped;
        state.starts = count;
        state.stopped_by_user = by_user;
        if (interrupted) state.details = with_interruption(state.details);
        return starts_at_boot({kind, 0}, state);
    };
    for (const auto kind : {RestartKind::No, RestartKind::OnFailure, RestartKind::UnlessStopped, RestartKind::Always}) {
        CHECK_FALSE(starts(kind, 0, false, false));
        CHECK(starts(kind, 1, false, true) == (kind != RestartKind::No));
    }
    CHECK_FALSE(starts(RestartKind::OnFailure, 1, false, false));
    CHECK(starts(RestartKind::UnlessStopped, 1, false, false));
    CHECK_FALSE(starts(RestartKind::UnlessStopped, 1, true, false));
    CHECK(starts(RestartKind::Always, 1, true, false));
}

TEST_CASE("boot: what is needed comes in an earlier wave") {
    const auto row = [](const char* id, std::vector<std::string> needs) {
        ContainerConfig config;
        config.id = id;
        config.requires_containers = std::move(needs);
        ContainerRow made;
        made.id = id;
        made.config = dump(to_json(config));
        return made;
    };
    const auto waves = in_dependency_order({row("c", {"b"}), row("a", {}), row("b", {"a"}), row("d", {"elsewhere"})});
    REQUIRE(waves.size() == 3);
    CHECK(waves[0].size() == 2);
    CHECK(waves[1].front().id == "b");
    CHECK(waves[2].front().id == "c");
    CHECK(in_dependency_order({row("x", {"y"}), row("y", {"x"})}).size() == 1);
}
