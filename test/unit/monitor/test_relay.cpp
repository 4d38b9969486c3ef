#include <doctest/doctest.h>
#include <fcntl.h>

#include <string>

#include "monitor/harness.h"
#include "oci/monitor/relay.h"
#include "util/files.h"

using namespace skiff;
using namespace skiff::oci::monitor;
using namespace skiff::oci::monitor::test;

namespace {

/// Runs until the relay waits or ends.
RelayStep run(Relay& relay) {
    for (;;) {
        const RelayStep step = relay.step();
        if (step != RelayStep::Moved) return step;
    }
}

std::string numbered_lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "line " + std::to_string(i) + "\n";
    return text;
}

}  // namespace

TEST_CASE("relay: a pipe that nobody reads yet holds many small pieces") {
    Pipe source = make_pipe(O_NONBLOCK);
    Pipe target = make_pipe(O_NONBLOCK);
    Relay relay{source.read_end.get(), target.write_end.get()};
    std::string sent;
    for (int i = 0; i < 1000; ++i) {
        const std::string line = "line " + std::to_string(i) + "\n";
        write_all(source.write_end.get(), line, "source");
        REQUIRE(run(relay) == RelayStep::WaitSource);
        sent += line;
    }
    source.write_end.reset();
    CHECK(run(relay) == RelayStep::SourceEnd);
    target.write_end.reset();
    CHECK(read_to_end(target.read_end.get()) == sent);
}

TEST_CASE("relay: a full target in blocking mode is waited for, not blocked on") {
    Pipe source = make_pipe(O_NONBLOCK);
    Pipe target = make_pipe();
    ::fcntl(target.write_end.get(), F_SETPIPE_SZ, 4096);
    Relay relay{source.read_end.get(), target.write_end.get()};
    const std::string sent = numbered_lines(4000);  // below what is spliced
    REQUIRE(sent.size() < 65536);
    write_all(source.write_end.get(), sent, "source");
    source.write_end.reset();
    std::string got;
    for (RelayStep step = run(relay); step != RelayStep::SourceEnd; step = run(relay)) {
        REQUIRE(step == RelayStep::WaitTarget);
        char buffer[1000];
        const ssize_t count = ::read(target.read_end.get(), buffer, sizeof buffer);
        REQUIRE(count > 0);
        got.append(buffer, static_cast<std::size_t>(count));
    }
    target.write_end.reset();
    got += read_to_end(target.read_end.get());
    CHECK(got == sent);
}

TEST_CASE("relay: much and little, in order, through a full target") {
    Pipe source = make_pipe(O_NONBLOCK);
    Pipe target = make_pipe(O_NONBLOCK);
    ::fcntl(source.write_end.get(), F_SETPIPE_SZ, 1 << 20);
    Relay relay{source.read_end.get(), target.write_end.get()};
    const std::string much = numbered_lines(12000);
    write_all(source.write_end.get(), "little\n", "source");
    REQUIRE(run(relay) == RelayStep::WaitSource);
    write_all(source.write_end.get(), much + "little again\n", "source");
    source.write_end.reset();
    std::string got;
    for (RelayStep step = run(relay); step != RelayStep::SourceEnd; step = run(relay)) {
        REQUIRE(step == RelayStep::WaitTarget);
        char buffer[4096];
        const ssize_t count = ::read(target.read_end.get(), buffer, sizeof buffer);
        REQUIRE(count > 0);
        got.append(buffer, static_cast<std::size_t>(count));
    }
    target.write_end.reset();
    got += read_to_end(target.read_end.get());
    CHECK(got == "little\n" + much + "little again\n");
}
