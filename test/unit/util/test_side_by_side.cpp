#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "util/side_by_side.h"

using namespace skiff;

TEST_CASE("every item is done once") {
    for (const unsigned threads : {1U, 2U, 7U}) {
        std::vector<std::atomic<int>> done(100);
        std::vector<std::atomic<int>> busy(threads);
        side_by_side(done.size(), threads, [&](std::size_t item, unsigned thread) {
            CHECK(++busy.at(thread) == 1);
            ++done[item];
            --busy.at(thread);
        });
        for (const auto& count : done) CHECK(count == 1);
    }
    side_by_side(0, 4, [](std::size_t, unsigned) { FAIL("there is nothing to do"); });
}

TEST_CASE("a failure ends the rest and is thrown") {
    std::atomic<int> done{0};
    CHECK_THROWS_AS(side_by_side(1000, 3,
                                 [&](std::size_t item, unsigned) {
                                     if (item == 5) throw std::runtime_error{"five"};
                                     ++done;
                                 }),
                    std::runtime_error);
    CHECK(done < 1000);
}

TEST_CASE("threads at hand") {
    CHECK(threads_at_hand(1) == 1);
    CHECK(threads_at_hand(0) == 1);
    CHECK(threads_at_hand(4) >= 1);
    CHECK(threads_at_hand(4) <= 4);
}

namespace {

/// In a child: room for the stacks of some threads, not of forty.
[[noreturn]] void work_in_little_room() {
    constexpr rlim_t kRoomBytes = 12U << 20;
    std::size_t pages = 0;
    std::ifstream{"/proc/self/statm"} >> pages;
    const rlim_t room = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + kRoomBytes;
    const rlimit space{room, room};
    std::atomic<int> done{0};
    const bool limited = ::setrlimit(RLIMIT_AS, &space) == 0;
    side_by_side(100, 40, [&](std::size_t, unsigned) { ++done; });
    ::_exit(limited && done == 100 ? 0 : 1);
}

}  // namespace

TEST_CASE("threads that cannot be made leave the work to the others") {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) work_in_little_room();
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(status == 0);
}
