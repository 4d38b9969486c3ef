#include <doctest/doctest.h>

#include <atomic>
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
