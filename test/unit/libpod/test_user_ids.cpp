#include <doctest/doctest.h>

#include "libpod/user_ids.h"

namespace skiff::libpod {

TEST_CASE("lines of /etc/subuid") {
    const char* text = "# who\nroot:1:2\ncontainers:100000:65536\nbad:x:1\ncontainers:300000:10 \ncontainers:4294967295:9\ncontainers:5:0\n";
    CHECK(parse_subid(text, "containers") == std::vector<IdRange>{{100000, 65536}, {300000, 10}});
    CHECK(parse_subid(text, "nobody").empty());
}

TEST_CASE("free IDs: the first in a row, between what others have") {
    const std::vector<IdRange> pool{{100, 50}, {1000, 100}};
    CHECK(free_ids(pool, {}, 50) == 100);
    CHECK(free_ids(pool, {}, 51) == 1000);
    CHECK(free_ids(pool, {{100, 10}}, 40) == 110);
    CHECK(free_ids(pool, {{130, 10}, {100, 10}}, 20) == 110);
    CHECK(free_ids(pool, {{130, 10}, {100, 10}}, 21) == 1000);
    CHECK(free_ids(pool, {{90, 2000}}, 1) == std::nullopt);
    CHECK(free_ids({{4294967000U, 200}}, {}, 200) == 4294967000U);
}

}  // namespace skiff::libpod
