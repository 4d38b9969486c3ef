// Members that templates know by the names and types of podman's Go structures.
#include <doctest/doctest.h>

#include "cli/format/go_duration.h"
#include "cli/format/listing.h"
#include "util/error.h"

using namespace skiff;
using namespace skiff::cli;

TEST_CASE("durations as Go prints them") {
    CHECK(go_duration(0) == "0s");
    CHECK(go_duration(15) == "15ns");
    CHECK(go_duration(320'000'000) == "320ms");
    CHECK(go_duration(90'500'000'000) == "1m30.5s");
    CHECK(go_duration(3'600'000'000'000) == "1h0m0s");
}

TEST_CASE("a document's keys by the names of Go fields") {
    const OrderedJson document = {{"host", {{"ociRuntime", {{"name", "crun"}}}, {"cpus", 2}, {"cgroupVersion", "v1"}}}, {"subnets", {{{"subnet", "10.0.0.0/24"}}}}};
    CHECK(render_object("t", "{{.Host.OCIRuntime.Name}} {{.Host.CPUs}} {{.Host.CgroupsVersion}}", document) == "crun 2 v1\n");
    CHECK(render_object("t", "{{json .Host.OCIRuntime}}", document) == "{\"name\":\"crun\"}\n");
    CHECK(render_object("t", "{{range .Subnets}}{{.Subnet}} {{.Gateway}}{{end}} {{.Labels}} {{.Routes}}", document) == "10.0.0.0/24  map[] []\n");
    CHECK_THROWS_AS(render_object("t", "{{.Host.OCIRuntime.Nosuch}}", document), Error);
    CHECK_THROWS_AS(render_object("t", "{{.Interval}}", document), Error);
}

TEST_CASE("health checks: durations, what is left out, and State's older name") {
    const OrderedJson document = {{"Config", {{"Timeout", 7}, {"Healthcheck", {{"Test", {"CMD", "x"}}, {"Interval", 30'000'000'000}}}}},
                                  {"State", {{"Health", {{"Status", "healthy"}}}}}};
    CHECK(render_object("t", "{{.Config.Healthcheck.Interval}} {{.Config.Timeout}} {{.Config.Healthcheck}}", document) == "30s 7 {[CMD x] 30s}\n");
    CHECK(render_object("t", "{{json .Config.Healthcheck.Interval}} {{.Config.Healthcheck.Retries}}", document) == "30000000000 0\n");
    CHECK(render_object("t", "{{.State.Healthcheck.Status}}", document) == "healthy\n");
    CHECK(render_object("t", "{{.State.Healthcheck}}", OrderedJson{{"State", {{"Status", "running"}}}}) == "<nil>\n");
}
