// Rules of the spec that hold whatever the rest says. T13 of the security notes for capabilities.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "libpod/spec/capabilities.h"
#include "libpod/spec/make_spec.h"
#include "util/error.h"
#include "util/json.h"

namespace skiff::libpod {
namespace {

using Words = std::vector<std::string>;

ContainerConfig basic_config() {
    ContainerConfig config;
    config.id = std::string(64, 'a');
    config.command = {"sh"};
    config.namespaces = {{NamespaceKind::Private, {}}, {NamespaceKind::Shareable, {}}, {NamespaceKind::None, {}},
                         {NamespaceKind::Private, {}}, {NamespaceKind::Host, {}},      {}};
    return config;
}
SpecInputs basic_inputs() {
    SpecInputs inputs;
    inputs.rootfs = "/rootfs";
    inputs.run_dir = "/run/c";
    inputs.hostname = "host";
    return inputs;
}
SpecInputs inputs_for(uid_t uid) {
    auto inputs = basic_inputs();
    inputs.user.uid = uid;
    return inputs;
}
const Json* mount_at(const Json& spec, std::string_view destination) {
    for (const auto& mount : spec["mounts"]) {
        if (mount["destination"] == destination) return &mount;
    }
    return nullptr;
}
bool has_option(const Json* mount, std::string_view option) {
    return mount != nullptr && std::find((*mount)["options"].begin(), (*mount)["options"].end(), option) != (*mount)["options"].end();
}
MountConfig tmpfs(std::string destination) {
    MountConfig mount;
    mount.kind = MountKind::Tmpfs;
    mount.destination = std::move(destination);
    return mount;
}
MountConfig bind(std::string source, std::string destination, Words options = {}) {
    MountConfig mount;
    mount.source = std::move(source);
    mount.destination = std::move(destination);
    mount.options = std::move(options);
    return mount;
}

}  // namespace

TEST_CASE("capabilities by user and option") {
    struct Row {
        uid_t uid;
        Words add, drop;
        bool privileged;
        std::size_t bounding;
        Words effective;  ///< for a user other than root
    };
    const Row rows[]{{0, {}, {}, false, 11, {}},
                     {0, {"CAP_NET_ADMIN"}, {}, false, 12, {}},
                     {0, {}, {"ALL"}, false, 0, {}},
                     {0, {"CAP_CHOWN"}, {"ALL"}, false, 1, {}},
                     {0, {"ALL"}, {"CAP_SYS_ADMIN"}, false, 40, {}},
                     {0, {}, {}, true, 41, {}},
                     {1000, {}, {}, false, 11, {}},
                     {1000, {}, {}, true, 41, {}},
                     {1000, {"CAP_NET_ADMIN"}, {}, false, 12, {"CAP_NET_ADMIN"}}};
    for (const auto& row : rows) {
        auto config = basic_config();
        config.cap_add = row.add;
        config.cap_drop = row.drop;
        config.privileged = row.privileged;
        const auto sets = make_spec(config, inputs_for(row.uid))["process"]["capabilities"];
        CAPTURE(sets.dump());
        CHECK(sets["bounding"].size() == row.bounding);
        CHECK(sets["effective"] == (row.uid == 0 ? sets["bounding"] : Json(row.effective)));
        CHECK(sets["permitted"] == sets["effective"]);
        CHECK(sets["inheritable"] == (row.uid == 0 ? Json(Words{}) : Json(row.effective)));
        CHECK(sets["ambient"] == sets["inheritable"]);
    }
}

TEST_CASE("capabilities that the host cannot give") {
    auto config = basic_config();
    auto inputs = basic_inputs();
    inputs.host.capabilities &= ~(1ULL << 24);  // CAP_SYS_RESOURCE
    config.privileged = true;
    CHECK(make_spec(config, inputs)["process"]["capabilities"]["bounding"].size() == 40);
    config.cap_add = {"CAP_SYS_RESOURCE"};
    CHECK_THROWS_AS(make_spec(config, inputs), Error);
    config.cap_add = {"CAP_CHOWN"};
    config.cap_drop = {"CAP_CHOWN"};
    CHECK_THROWS_AS(make_spec(config, inputs), Error);
}

TEST_CASE("exec: capabilities added for the container's user are not for another") {
    auto config = basic_config();
    config.cap_add = {"CAP_NET_ADMIN"};
    ResolvedUser user;
    user.uid = 1000;
    const HostFacts host;
    ExecConfig exec{{"sh"}, {}, {}, false, false, false};
    CHECK(make_exec_process(config, user, host, exec)["capabilities"]["effective"] == Json(Words{"CAP_NET_ADMIN"}));
    exec.user_given = true;
    CHECK(make_exec_process(config, user, host, exec)["capabilities"]["effective"].empty());
    exec.privileged = true;
    CHECK(make_exec_process(config, user, host, exec)["capabilities"]["effective"].empty());
    CHECK(make_exec_process(config, {}, host, exec)["capabilities"]["effective"].size() == 41);
}

TEST_CASE("exec: environment, directory, terminal") {
    auto config = basic_config();
    config.env = {"A=container", "B=container"};
    config.work_dir = "/work";
    ExecConfig exec{{"sh"}, {"A=exec", "C=exec"}, {}, true, false, false};
    const auto process = make_exec_process(config, {}, {}, exec);
    CHECK(process["env"] == Json(Words{"A=exec", "B=container", "TERM=xterm", "HOME=/", "HOSTNAME=aaaaaaaaaaaa", "C=exec"}));
    CHECK(process["cwd"] == "/work");
    CHECK(process["terminal"] == true);
    exec.command.clear();
    CHECK_THROWS_AS(make_exec_process(config, {}, {}, exec), Error);
}

TEST_CASE("limits are clamped to what this process may give") {
    auto config = basic_config();
    auto inputs = basic_inputs();
    inputs.host.limits = {1024, 500, false};
    auto limits = make_spec(config, inputs)["process"]["rlimits"];
    CHECK(limits[0]["hard"] == 1024);
    CHECK(limits[1]["hard"] == 500);
    inputs.host.limits.may_raise = true;
    CHECK(make_spec(config, inputs)["process"]["rlimits"][0]["hard"] == 1048576);
    inputs.host.limits.may_raise = false;
    config.ulimits = {{"nofile", 10, 20}, {"core", -1, -1}};
    limits = make_spec(config, inputs)["process"]["rlimits"];
    CHECK(limits.size() == 3);
    CHECK(limits[1]["soft"] == ~0ULL);
    config.ulimits = {{"nofile", 10, 2048}};
    limits = make_spec(config, inputs)["process"]["rlimits"];
    CHECK(limits[0]["soft"] == 10);
    CHECK(limits[0]["hard"] == 1024);
}

TEST_CASE("parents are mounted before their children, /dev is a fresh tmpfs") {
    auto config = basic_config();
    config.mounts = {bind("/a", "/x/y/z"), tmpfs("/x"), bind("/b", "/x/y")};
    const auto spec = make_spec(config, basic_inputs());
    std::set<std::string> seen;
    for (const auto& mount : spec["mounts"]) {
        const auto path = mount["destination"].get<std::string>();
        for (const auto* child : {"/x/y", "/x/y/z", "/dev/pts", "/dev/shm", "/sys/fs/cgroup"}) {
            const bool is_parent = std::string_view{child}.starts_with(path + "/");
            CHECK_FALSE((is_parent && seen.count(child) != 0));
        }
        CHECK(seen.insert(path).second);
    }
    CHECK((*mount_at(spec, "/dev"))["type"] == "tmpfs");
    CHECK(has_option(mount_at(spec, "/sys"), "ro"));
    CHECK(has_option(mount_at(spec, "/sys/fs/cgroup"), "ro"));
}

TEST_CASE("a destination of the user's replaces the default; /dev takes all below it along") {
    auto config = basic_config();
    auto inputs = basic_inputs();
    inputs.hosts_file = "/run/c/hosts";
    config.mounts = {bind("/mine", "/etc/hosts"), bind("/dev", "/dev")};
    const auto spec = make_spec(config, inputs);
    CHECK((*mount_at(spec, "/etc/hosts"))["source"] == "/mine");
    CHECK((*mount_at(spec, "/dev"))["source"] == "/dev");
    CHECK(mount_at(spec, "/dev/pts") == nullptr);
    CHECK(mount_at(spec, "/dev/shm") == nullptr);
}

TEST_CASE("bind mounts and tmpfs get their defaults, propagation reaches the root") {
    auto config = basic_config();
    config.mounts = {bind("/s", "/d1"), bind("/s", "/d2", {"ro", "rshared", "bind"}), tmpfs("/t")};
    const auto spec = make_spec(config, basic_inputs());
    CHECK((*mount_at(spec, "/d1"))["options"] == Json(Words{"rw", "rprivate", "rbind"}));
    CHECK((*mount_at(spec, "/d2"))["options"] == Json(Words{"ro", "rshared", "bind"}));
    CHECK((*mount_at(spec, "/t"))["options"] == Json(Words{"rw", "rprivate", "nosuid", "nodev", "tmpcopyup"}));
    CHECK(spec["linux"]["rootfsPropagation"] == "shared");
}

TEST_CASE("volumes and overlays need a prepared source") {
    auto config = basic_config();
    config.mounts = {bind("/s", "/d")};
    config.mounts[0].overlay = true;
    auto inputs = basic_inputs();
    CHECK_THROWS_AS(make_spec(config, inputs), Error);
    inputs.mount_sources["/d"] = "/prepared";
    CHECK((*mount_at(make_spec(config, inputs), "/d"))["source"] == "/prepared");
}

TEST_CASE("shared memory by IPC mode") {
    auto config = basic_config();
    config.shm_size_bytes = 4096;
    CHECK(has_option(mount_at(make_spec(config, basic_inputs()), "/dev/shm"), "size=4096"));
    config.namespaces.ipc.kind = NamespaceKind::Host;
    CHECK((*mount_at(make_spec(config, basic_inputs()), "/dev/shm"))["source"] == "/dev/shm");
    config.namespaces.ipc.kind = NamespaceKind::None;
    CHECK(mount_at(make_spec(config, basic_inputs()), "/dev/shm") == nullptr);
    config.namespaces.ipc.kind = NamespaceKind::Shareable;
    auto inputs = basic_inputs();
    inputs.shm_dir = "/run/c/shm";
    CHECK((*mount_at(make_spec(config, inputs), "/dev/shm"))["source"] == "/run/c/shm");
}

TEST_CASE("masks: mask, unmask, privileged") {
    auto config = basic_config();
    config.security.mask = {"/secret"};
    config.security.unmask = {"/proc/kc*"};
    auto masked = make_spec(config, basic_inputs())["linux"]["maskedPaths"].get<Words>();
    CHECK(std::count(masked.begin(), masked.end(), "/secret") == 1);
    CHECK(std::count(masked.begin(), masked.end(), "/proc/kcore") == 0);
    CHECK(std::count(masked.begin(), masked.end(), "/proc/keys") == 1);
    config.security = {};
    config.security.unmask = {"ALL"};
    CHECK_FALSE(make_spec(config, basic_inputs())["linux"].contains("maskedPaths"));
    CHECK_FALSE(make_spec(config, basic_inputs())["linux"].contains("readonlyPaths"));
    config.security = {};
    config.privileged = true;
    CHECK_FALSE(make_spec(config, basic_inputs())["linux"].contains("maskedPaths"));
}

TEST_CASE("namespaces: host's are left out, joined ones have a path, cgroup follows the host") {
    auto config = basic_config();
    auto inputs = basic_inputs();
    const auto types = [&] {
        std::set<std::string> out;
        const auto spec = make_spec(config, inputs);
        for (const auto& entry : spec["linux"]["namespaces"]) {
            out.insert(entry["type"].get<std::string>() + (entry.contains("path") ? ":" + entry["path"].get<std::string>() : ""));
        }
        return out;
    };
    CHECK(types() == std::set<std::string>{"pid", "network", "ipc", "uts", "mount", "cgroup"});
    inputs.host.cgroups = CgroupMode::Hybrid;
    CHECK(types().count("cgroup") == 0);
    config.namespaces.pid.kind = NamespaceKind::Host;
    CHECK(types().count("pid") == 0);
    config.namespaces.network = {NamespaceKind::Container, "other"};
    CHECK_THROWS_AS(types(), Error);
    inputs.joined_namespaces["network"] = "/proc/5/ns/net";
    CHECK(types().count("network:/proc/5/ns/net") == 1);
}

TEST_CASE("user namespaces: mappings, and tty's group only where it is mapped") {
    auto config = basic_config();
    config.namespaces.user.kind = NamespaceKind::Private;
    config.uid_map = config.gid_map = {{0, 100000, 5}};
    const auto spec = make_spec(config, basic_inputs());
    CHECK(spec["linux"]["uidMappings"][0]["hostID"] == 100000);
    CHECK_FALSE(has_option(mount_at(spec, "/dev/pts"), "gid=5"));
    config.gid_map[0].count = 6;
    CHECK(has_option(mount_at(make_spec(config, basic_inputs()), "/dev/pts"), "gid=5"));
}

TEST_CASE("limits that this cgroup layout does not have are refused") {
    auto config = basic_config();
    auto inputs = basic_inputs();
    config.resources.memory_swappiness = 5;
    CHECK_THROWS_AS(make_spec(config, inputs), Error);
    inputs.host.cgroups = CgroupMode::V1;
    CHECK(make_spec(config, inputs)["linux"]["resources"]["memory"]["swappiness"] == 5);
    config.resources.unified = {{"memory.high", "1"}};
    CHECK_THROWS_AS(make_spec(config, inputs), Error);
}

TEST_CASE("cgroup paths follow from the ID") {
    auto config = basic_config();
    CHECK(cgroups_path(config, {}) == "/skiff/skiff-" + config.id);
    config.cgroup_parent = "a/b/";
    CHECK(cgroups_path(config, {}) == "/a/b/skiff-" + config.id);
    config.cgroup_manager = "systemd";
    config.cgroup_parent.clear();
    CHECK(cgroups_path(config, {}) == "skiff.slice:skiff:" + config.id);
    CHECK(cgroups_path(config, "/system.slice/web.service") == "/system.slice/web.service/skiff-" + config.id);
    CHECK(cgroups_path(config, "/") == "/skiff-" + config.id);
}

TEST_CASE("init runs below its stub, and cannot without one") {
    auto config = basic_config();
    config.init = true;
    CHECK_THROWS_AS(make_spec(config, basic_inputs()), Error);
    auto inputs = basic_inputs();
    inputs.init_stub = "/run/c/init";
    const auto spec = make_spec(config, inputs);
    CHECK(spec["process"]["args"] == Json(Words{"/run/skiff-init", "--", "sh"}));
    CHECK(has_option(mount_at(spec, "/run/skiff-init"), "ro"));
}

TEST_CASE("devices: nodes and rules") {
    auto config = basic_config();
    config.devices = {{"/dev/null", "/dev/mine", "r"}};
    auto inputs = basic_inputs();
    inputs.devices = collect_devices(config);
    const auto linux_part = make_spec(config, inputs)["linux"];
    CHECK(linux_part["devices"][0]["path"] == "/dev/mine");
    CHECK(linux_part["resources"]["devices"][0]["allow"] == false);
    CHECK(linux_part["resources"]["devices"][1] == Json{{"allow", true}, {"type", "c"}, {"major", 1}, {"minor", 3}, {"access", "r"}});
    config.devices = {{"/nosuch", "/x", "r"}};
    CHECK_THROWS_AS(collect_devices(config), Error);
    config.devices = {{"/etc/passwd", "/x", "r"}};
    CHECK_THROWS_AS(collect_devices(config), Error);
}

}  // namespace skiff::libpod
