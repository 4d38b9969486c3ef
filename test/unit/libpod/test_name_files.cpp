#include <doctest/doctest.h>

#include "libpod/name_files.h"
#include "util/text.h"

namespace skiff::libpod {

TEST_CASE("lines of a file follow a change; what somebody else wrote stays") {
    const std::string before = "search a\nnameserver 1\n";
    const std::string after = "search b a\nnameserver 2\n";
    CHECK(with_changed_lines(before, before, after, true) == after);
    CHECK(with_changed_lines("search a\nnameserver 1\noptions x\n", before, after, true) == "search b a\nnameserver 2\noptions x\n");
    CHECK(with_changed_lines("mine\nsearch a", before, after, false) == "mine\nsearch b a\nnameserver 2\n");
    CHECK(with_changed_lines(concat("mine\n", after), before, after, true) == concat("mine\n", after));  // again
    CHECK(with_changed_lines("", before, after, true) == after);
}

}  // namespace skiff::libpod
