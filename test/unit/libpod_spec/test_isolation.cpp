// Limits, devices, namespaces and security options as users write them.
#include <doctest/doctest.h>

#include "libpod/parse/create_flags.h"
#include "libpod/parse/isolation.h"
#include "libpod/parse/name_resolution.h"
#include "util/error.h"

namespace skiff::libpod {
namespace {

void check_refused(const CreateFlags& flags) {
    try {
        parse_create_flags(flags, {});
        FAIL_CHECK("was accepted");
    } catch (const Error& error) {
        CHECK((error.kind() == ErrorKind::Invalid || error.kind() == ErrorKind::Unsupported));
    }
}

}  // namespace

TEST_CASE("memory limits") {
    ResourceFlags flags;
    flags.memory = "64m";
    CHECK(parse_resources(flags).memory_bytes == 64 << 20);
    CHECK(parse_resources(flags).memory_swap_bytes == 128 << 20);
    flags.memory_swap = "-1";
    CHECK(parse_resources(flags).memory_swap_bytes == -1);
    for (const auto* swap : {"1m", "x", "-2"}) {
        flags.memory_swap = swap;
        CAPTURE(swap);
        CHECK_THROWS_AS(parse_resources(flags), Error);
    }
    flags.memory = "0";
    flags.memory_swap = "";
    CHECK_FALSE(parse_resources(flags).memory_bytes);
    flags.memory_swap = "64m";
    CHECK_THROWS_AS(parse_resources(flags), Error);
}

TEST_CASE("CPU limits") {
    ResourceFlags flags;
    flags.cpus = 1.5;
    CHECK(parse_resources(flags).cpu_quota_us == 150000);
    CHECK(parse_resources(flags).cpu_period_us == 100000);
    flags.cpu_quota = 1000;
    CHECK_THROWS_AS(parse_resources(flags), Error);
    flags = {};
    flags.cpus = -1;
    CHECK_THROWS_AS(parse_resources(flags), Error);
    flags = {};
    flags.cpuset_cpus = "0-3,5";
    CHECK(parse_resources(flags).cpuset_cpus == "0-3,5");
    flags.cpuset_cpus = "0;1";
    CHECK_THROWS_AS(parse_resources(flags), Error);
}

TEST_CASE("other resources") {
    ResourceFlags flags;
    flags.pids_limit = 0;
    flags.device_read_bps = {"/dev/null:1mb"};
    flags.cgroup_conf = {"memory.high=1073741824", "pids.max=5"};
    const auto resources = parse_resources(flags);
    CHECK(resources.pids_limit == -1);
    CHECK(resources.device_read_bps.at(0).rate == 1 << 20);
    CHECK(resources.unified.size() == 2);
    for (const auto* conf : {"../x.y=1", "memory/high=1", "memory.high", "x=1", ".a=1"}) {
        flags.cgroup_conf = {conf};
        CAPTURE(conf);
        CHECK_THROWS_AS(parse_resources(flags), Error);
    }
}

TEST_CASE("--ulimit") {
    CHECK(parse_ulimit("nofile=10:20") == Ulimit{"nofile", 10, 20});
    CHECK(parse_ulimit("core=-1") == Ulimit{"core", -1, -1});
    for (const auto* text : {"", "nofile", "bogus=1", "nofile=20:10", "nofile=1:2:3", "nofile=-2", "nofile=x", "nofile=unlimited:5"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse_ulimit(text), Error);
    }
}

TEST_CASE("--device and --device-cgroup-rule") {
    CHECK(parse_device("/dev/a") == DeviceConfig{"/dev/a", "/dev/a", "rwm"});
    CHECK(parse_device("/dev/a:r") == DeviceConfig{"/dev/a", "/dev/a", "r"});
    CHECK(parse_device("/dev/a:/dev/b:rw") == DeviceConfig{"/dev/a", "/dev/b", "rw"});
    for (const auto* text : {"", "a", "/dev/a:x", "/dev/a:r:w", "/dev/a:/dev/b:rwx", "/dev/a:/b:/c:r"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse_device(text), Error);
    }
    CHECK(parse_device_rule("c 13:* rwm") == DeviceRule{'c', 13, std::nullopt, "rwm"});
    for (const auto* text : {"", "c 13:* ", "d 1:1 r", "c 1 r", "c x:1 r", "c 1:1 x", "c 1:1 rrrr"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse_device_rule(text), Error);
    }
}

TEST_CASE("capabilities, stop signals, restart policies") {
    CHECK(parse_capability("net_admin") == "CAP_NET_ADMIN");
    CHECK(parse_capability("CAP_CHOWN") == "CAP_CHOWN");
    CHECK(parse_capability("all") == "ALL");
    CHECK_THROWS_AS(parse_capability("CAP_BOGUS"), Error);
    CHECK(parse_stop_signal("SIGINT") == 2);
    CHECK_THROWS_AS(parse_stop_signal("65"), Error);
    CHECK(parse_restart("on-failure:3") == RestartPolicy{RestartKind::OnFailure, 3});
    for (const auto* text : {"bogus", "on-failure:", "on-failure:-1", "always:3"}) CHECK_THROWS_AS(parse_restart(text), Error);
}

TEST_CASE("--sysctl takes only what namespaces confine") {
    CHECK(parse_sysctl("net.core.somaxconn=5").second == "5");
    for (const auto* text : {"", "net.x", "kernel.core_pattern=x", "vm.swappiness=1", "net/core/somaxconn=1", "net..x=1", "net.x=../y", "net.x=a\nb", "net.x.=1",
                             "kernel.sem/../core_pattern=1", "net.x=a+b", "net.x="}) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse_sysctl(text), Error);
    }
}

TEST_CASE("namespaces") {
    CHECK(parse_namespace("--pid", "").kind == NamespaceKind::Default);
    CHECK(parse_namespace("--pid", "container:web").value == "web");
    CHECK(parse_namespace("--ipc", "shareable").kind == NamespaceKind::Shareable);
    CHECK(parse_namespace("--uts", "ns:/run/netns/x").value == "/run/netns/x");
    for (const auto* text : {"bogus", "container:", "ns:", "ns:relative", "shareable", "none"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse_namespace("--pid", text), Error);
    }
}

TEST_CASE("--security-opt") {
    SecurityOptions options;
    for (const auto* text : {"no-new-privileges", "seccomp=unconfined", "mask=/a:/b", "unmask=/proc/*", "apparmor=x", "label=disable", "proc-opts=hidepid=2"}) {
        add_security_option(text, "/", options);
    }
    CHECK(options.no_new_privileges);
    CHECK(options.mask == std::vector<std::string>{"/a", "/b"});
    CHECK(options.unmask == std::vector<std::string>{"/proc/*"});
    add_security_option("no-new-privileges:false", "/", options);
    CHECK_FALSE(options.no_new_privileges);
    add_security_option("systempaths=unconfined", "/", options);
    CHECK(options.unmask.back() == "ALL");
    add_security_option("seccomp=rel.json", "/here", options);
    CHECK(options.seccomp_profile == "/here/rel.json");
    for (const auto* text : {"", "bogus", "bogus=x", "mask=rel", "label=bogus", "seccomp=", "no-new-privileges=perhaps", "systempaths=x", "proc-opts=a b"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(add_security_option(text, "/", options), Error);
    }
}

TEST_CASE("host names") {
    for (const auto* name : {"a", "host-1.example", "a_b"}) CHECK_NOTHROW(check_hostname(name));
    for (const auto* name : {"", "-a", "a:b", "a\nb", "a b", ".a"}) {
        CAPTURE(name);
        CHECK_THROWS_AS(check_hostname(name), Error);
    }
    CHECK_THROWS_AS(check_hostname(std::string(65, 'a')), Error);
    CHECK(parse_extra_host("a;b:10.0.0.1").names == std::vector<std::string>{"a", "b"});
    CHECK(parse_extra_host("a:[::1]").address == "::1");
    for (const auto* text : {"a", "a:", "a:x", ":1.2.3.4", "a b:1.2.3.4"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse_extra_host(text), Error);
    }
}

TEST_CASE("flags that contradict each other") {
    CreateFlags flags;
    SUBCASE("--rm and --restart") { flags.rm = true, flags.restart = "always"; }
    SUBCASE("--replace without a name") { flags.replace = true; }
    SUBCASE("two mounts on one place") { flags.tmpfs = {"/a", "/a/:size=1m"}; }
    SUBCASE("--network none with another") { flags.network.network = {"none", "x"}; }
    SUBCASE("--no-hosts and --add-host") { flags.no_hosts = true, flags.add_host = {"a:1.2.3.4"}; }
    SUBCASE("an unknown log driver") { flags.log_driver = "bogus"; }
    SUBCASE("an unknown log option") { flags.log_opt = {"bogus=1"}; }
    SUBCASE("a bad umask") { flags.umask = "9"; }
    SUBCASE("a relative working directory") { flags.workdir = "x"; }
    SUBCASE("--userns keep-id, of which root has no use") { flags.userns = "keep-id"; }
    SUBCASE("a cgroup parent that climbs") { flags.cgroup_parent = "/a/../../b"; }
    SUBCASE("keep-groups beside a group") { flags.group_add = {"keep-groups", "5"}; }
    SUBCASE("no name server beside one") { flags.dns = {"none", "1.2.3.4"}; }
    SUBCASE("a container without a cgroup") { flags.cgroups = "disabled"; }
    SUBCASE("a bad time zone") { flags.tz = "/etc/passwd"; }
    check_refused(flags);
}

TEST_CASE("the same mount said twice is one") {
    CreateFlags flags;
    flags.tmpfs = {"/a", "/a/"};
    CHECK(parse_create_flags(flags, ParseContext{{}, "/", {}}).mounts.size() == 1);
}

TEST_CASE("keep-groups is for the OCI runtime") {
    CreateFlags flags;
    flags.group_add = {"keep-groups"};
    const auto options = parse_create_flags(flags, ParseContext{{}, "/", {}});
    CHECK(options.groups.empty());
    CHECK(options.annotations.at("run.oci.keep_original_groups") == "1");
}

TEST_CASE("proxies are taken over unless refused") {
    CreateFlags flags;
    const ParseContext context{{"HTTP_PROXY=p", "OTHER=x"}, "/", {}};
    CHECK(parse_create_flags(flags, context).proxy_env == std::vector<std::pair<std::string, std::string>>{{"HTTP_PROXY", "p"}});
    flags.http_proxy = false;
    CHECK(parse_create_flags(flags, context).proxy_env.empty());
    CHECK(parse_create_flags(flags, context).host_env.empty());
}

}  // namespace skiff::libpod
