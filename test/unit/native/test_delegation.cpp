#include <sched.h>

#include <doctest/doctest.h>
#include "oci/native/cgroup/delegate.h"
#include "oci/native/cgroup/unit_property.h"
#include "oci/native/errors.h"

using namespace skiff::oci::native;
using namespace skiff::oci::native::cgroup;

namespace {

Spec spec_of(std::vector<std::string> options, std::uint32_t uid) {
    Spec spec;
    spec.lnx.namespaces.push_back({CLONE_NEWCGROUP, ""});
    Mount mount;
    mount.destination = "/sys/fs/cgroup";
    mount.type = "cgroup";
    mount.options = std::move(options);
    spec.mounts.push_back(mount);
    spec.process.user.uid = uid;
    return spec;
}

UnitProperty only(const std::string& name, const std::string& text) {
    const std::vector<UnitProperty> all = unit_properties({{"org.systemd.property." + name, text}, {"org.example", "["}});
    REQUIRE(all.size() == 1);
    return all.front();
}

}  // namespace

TEST_CASE("who gets a container's cgroup") {
    Spec spec = spec_of({"rw"}, 1000);
    CHECK(delegated_owner(spec) == 1000U);
    spec.lnx.uid_mappings = {{0, 100000, 1000}, {1000, 200000, 10}};
    CHECK(delegated_owner(spec) == 200000U);
    spec.process.user.uid = 0;
    CHECK(delegated_owner(spec) == 100000U);
    spec.process.user.uid = 1010;
    CHECK_THROWS_AS(delegated_owner(spec), ConfigInvalid);
    CHECK_FALSE(delegated_owner(spec_of({"rw"}, 0)).has_value());
    CHECK_FALSE(delegated_owner(spec_of({"nosuid", "ro"}, 1000)).has_value());
    Spec shared = spec_of({"rw"}, 1000);
    shared.lnx.namespaces = {{CLONE_NEWCGROUP, "/proc/1/ns/cgroup"}};
    CHECK_FALSE(delegated_owner(shared).has_value());
    shared.lnx.namespaces.clear();
    CHECK_FALSE(delegated_owner(shared).has_value());
}

TEST_CASE("unit properties from annotations") {
    CHECK(only("KillSignal", "15").type == 'i');
    CHECK(std::get<std::int64_t>(only("KillSignal", "15").values.front()) == 15);
    const UnitProperty timeout = only("TimeoutStopUSec", "uint64 10000000");
    CHECK(timeout.type == 't');
    CHECK(std::get<std::uint64_t>(timeout.values.front()) == 10000000U);
    CHECK(only("Delegate", "false").type == 'b');
    CHECK(std::get<std::string>(only("CollectMode", " 'inactive-or-\\'failed' ").values.front()) == "inactive-or-'failed");
    CHECK(std::get<std::string>(only("CollectMode", "\"x\"").values.front()) == "x");
    CHECK(std::get<double>(only("Something", "1.5").values.front()) == 1.5);
    const UnitProperty after = only("After", "['a.service', \"b.service\"]");
    CHECK(after.array);
    CHECK(after.type == 's');
    CHECK(after.values.size() == 2);
    const UnitProperty bytes = only("SomeBytes", "[byte 1, 2, 255]");
    CHECK(bytes.type == 'y');
    CHECK(std::get<std::uint64_t>(bytes.values.back()) == 255U);
}

TEST_CASE("seconds of unit files are microseconds of the bus") {
    for (const char* text : {"1.5", "double 1.5"}) {
        const UnitProperty property = only("TimeoutStopSec", text);
        CHECK(property.name == "TimeoutStopUSec");
        CHECK(property.type == 't');
        CHECK(std::get<std::uint64_t>(property.values.front()) == 1500000U);
    }
    CHECK(only("TimeoutStopSec", "uint64 2").name == "TimeoutStopUSec");
    for (const char* text : {"'2'", "true", "-1", "[1]"}) CHECK_THROWS_AS(only("TimeoutStopSec", text), ConfigInvalid);
}

TEST_CASE("annotations that are no property of a unit") {
    for (const char* text : {"", "[", "[]", "[1,", "[1, 'a']", "'open", "yes", "uint64", "uint64 -1", "byte 256", "int16 40000", "3000000000", "1 2", "(1, 2)", "true]"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(only("Something", text), ConfigInvalid);
    }
    for (const char* name : {"", "ab", "With.Dot", "With Space", "Número"}) CHECK_THROWS_AS(only(name, "1"), ConfigInvalid);
}
