// Whole specs, reviewed like code. SKIFF_TEST_ACCEPT=1 writes them anew.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "libpod/make_config.h"
#include "libpod/parse/create_flags.h"
#include "libpod/spec/make_spec.h"
#include "util/json.h"

namespace skiff::libpod {
namespace {

/// A host that is the same everywhere.
SpecInputs inputs() {
    SpecInputs in;
    in.rootfs = "/rootfs";
    in.run_dir = "/run/c";
    in.hostname = "c0ffee000000";
    in.host.limits = {524288, 30000, false};
    in.hosts_file = "/run/c/hosts";
    in.resolv_conf = "/run/c/resolv.conf";
    in.hostname_file = "/run/c/hostname";
    in.containerenv = "/run/c/.containerenv";
    in.seccomp_json = R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[]})";
    return in;
}

Json spec_for(const CreateFlags& flags, SpecInputs in) {
    const ParseContext context{{"SECRET=of the host"}, "/", {"skiff", "create"}};
    ImageFacts image;
    image.id = std::string(64, '1');
    image.env = {"PATH=/bin", "FROM=image"};
    image.cmd = {"sh"};
    auto config = make_config(parse_create_flags(flags, context), &image, {});
    config.id = "c0ffee" + std::string(58, '0');
    config.name = "golden";
    config = read_config(dump(to_json(config)));
    in.init_stub = config.init ? "/run/c/init" : "";
    in.devices = config.privileged ? std::vector<DeviceNode>{{"/dev/fuse", 'c', 10, 229, 0600, 0, 0, "rwm"}} : std::vector<DeviceNode>{};
    return make_spec(config, in);
}

void check_golden(const std::string& name, const CreateFlags& flags, const SpecInputs& in = inputs()) {
    const auto path = std::filesystem::path{SPEC_TEST_DATA} / (name + ".json");
    const auto got = dump(spec_for(flags, in), 1) + "\n";
    if (const char* accept = std::getenv("SKIFF_TEST_ACCEPT"); accept != nullptr && *accept == '1') std::ofstream{path} << got;
    std::stringstream expected;
    expected << std::ifstream{path}.rdbuf();
    CHECK_MESSAGE(expected.str() == got, "differs from ", path.string(), ": review and refresh with SKIFF_TEST_ACCEPT=1");
}

}  // namespace

TEST_CASE("golden specs") {
    CreateFlags flags;
    SUBCASE("plain") { check_golden("plain", flags); }
    SUBCASE("v1 host") {
        auto in = inputs();
        in.host.cgroups = CgroupMode::V1;
        check_golden("plain-v1", flags, in);
    }
    SUBCASE("limits") {
        flags.resources.memory = "64m";
        flags.resources.cpus = 0.5;
        flags.resources.pids_limit = 10;
        flags.ulimit = {"nofile=100:200"};
        flags.oom_score_adj = 100;
        check_golden("limits", flags);
    }
    SUBCASE("terminal, user, environment") {
        flags.tty = flags.interactive = true;
        flags.user = "1000:1000";
        flags.env = {"A=b", "SECRET", "HOME=/mine"};
        flags.workdir = "/tmp";
        flags.cap_add = {"net_admin"};
        auto in = inputs();
        in.user = {1000, 1000, {5, 6}, "/home/user", "user"};
        check_golden("terminal", flags, in);
    }
    SUBCASE("privileged") {
        flags.privileged = true;
        auto in = inputs();
        in.seccomp_json.clear();
        check_golden("privileged", flags, in);
    }
    SUBCASE("read-only with mounts and init") {
        flags.read_only = flags.init.emplace(true);
        flags.volume = {"/tmp:/x:ro,rslave"};
        flags.mount = {"type=tmpfs,dst=/t,tmpfs-size=1m"};
        check_golden("read-only", flags);
    }
    SUBCASE("the host's namespaces") {
        flags.pid = flags.ipc = flags.uts = flags.cgroupns = "host";
        flags.network.network = {"host"};
        check_golden("host-namespaces", flags);
    }
    SUBCASE("security options") {
        flags.security_opt = {"no-new-privileges", "mask=/secret", "unmask=/proc/kcore", "proc-opts=hidepid=2"};
        flags.sysctl = {"net.core.somaxconn=5"};
        flags.uidmap = {"0:100000:65536"};
        flags.umask = "0077";
        check_golden("security", flags);
    }
}

}  // namespace skiff::libpod
