// Seccomp profiles: conditions, architectures, the built-in default.
#include <doctest/doctest.h>

#include <fcntl.h>

#include "libpod/spec/seccomp.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"

namespace skiff::libpod {
namespace {

using Words = std::vector<std::string>;

/// Action for an unconditional call of `name`, "" when no rule has it.
std::string action_of(const Json& filter, std::string_view name) {
    for (const auto& rule : filter["syscalls"]) {
        const auto& names = rule["names"];
        if (!rule.contains("args") && std::find(names.begin(), names.end(), name) != names.end()) return rule["action"];
    }
    return {};
}
Json resolved(const SeccompProfile& profile, const Words& capabilities, const HostFacts& host = {}) {
    return Json::parse(resolve_seccomp(profile, capabilities, host));
}

constexpr const char* kProfile = R"({
  "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
  "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
  "syscalls": [
    {"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": null},
    {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
    {"names": ["mount"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1, "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
    {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
    {"names": ["s390_x"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["s390x"]}},
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 4294967295, "valueTwo": 0, "op": "SCMP_CMP_EQ"}]}
  ]})";

}  // namespace

TEST_CASE("rules are kept by capability, architecture and kernel") {
    const auto profile = parse_seccomp_profile(kProfile, "test");
    HostFacts host;
    auto filter = resolved(profile, {}, host);
    CHECK(filter["architectures"] == Json(Words{"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"}));
    CHECK(filter["defaultErrnoRet"] == 38);
    CHECK(action_of(filter, "read") == "SCMP_ACT_ALLOW");
    CHECK(action_of(filter, "mount") == "SCMP_ACT_ERRNO");
    CHECK(action_of(filter, "ptrace") == "SCMP_ACT_ALLOW");
    CHECK(action_of(filter, "s390_x").empty());
    CHECK(filter["syscalls"].back()["args"][0]["value"] == 4294967295U);
    host.kernel_major = 4;
    host.kernel_minor = 7;
    host.architecture = "s390x";
    filter = resolved(profile, {"CAP_SYS_ADMIN"}, host);
    CHECK(action_of(filter, "mount") == "SCMP_ACT_ALLOW");
    CHECK(action_of(filter, "ptrace").empty());
    CHECK(action_of(filter, "s390_x") == "SCMP_ACT_ALLOW");
}

TEST_CASE("what is no profile is refused") {
    for (const auto* text : {"", "[]", "{}", "{\"defaultAction\": 1}", "{\"defaultAction\": \"A\", \"syscalls\": [{\"names\": [\"read\"]}]}",
                             "{\"defaultAction\": \"A\", \"syscalls\": [{\"names\": [\"re\\\"ad\"], \"action\": \"A\"}]}",
                             "{\"defaultAction\": \"A\", \"syscalls\": [{\"names\": [], \"action\": \"A\"}]}"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse_seccomp_profile(text, "test"), Error);
    }
}

TEST_CASE("the built-in profile closes what exploits were made of") {
    const auto filter = resolved(builtin_seccomp_profile(), {"CAP_CHOWN"});
    for (const auto* name : {"bpf", "userfaultfd", "kexec_load", "open_by_handle_at", "init_module", "perf_event_open", "io_uring_setup", "add_key"}) {
        CAPTURE(name);
        CHECK(action_of(filter, name) != "SCMP_ACT_ALLOW");
    }
    for (const auto* name : {"read", "execve", "clone3", "futex"}) CHECK(action_of(filter, name) == "SCMP_ACT_ALLOW");
}

TEST_CASE("the built-in profile decides as the distribution's does") {
    const auto text = read_file_if_exists_at(AT_FDCWD, "/usr/share/containers/seccomp.json");
    if (!text) {
        MESSAGE("skipped: no /usr/share/containers/seccomp.json here");
        return;
    }
    const auto theirs = parse_seccomp_profile(*text, "seccomp.json");
    for (const Words& capabilities : {Words{}, Words{"CAP_SYS_ADMIN", "CAP_SYS_CHROOT"}, Words{"CAP_AUDIT_WRITE", "CAP_SYS_PTRACE"}}) {
        const auto expected = resolved(theirs, capabilities);
        const auto ours = resolved(builtin_seccomp_profile(), capabilities);
        CHECK(ours["defaultErrnoRet"] == expected["defaultErrnoRet"]);
        CHECK(ours["architectures"] == expected["architectures"]);
        for (const auto& rule : expected["syscalls"]) {
            for (const auto& name : rule["names"]) {
                CAPTURE(name.get<std::string>());
                CHECK(action_of(ours, name.get<std::string>()) == action_of(expected, name.get<std::string>()));
            }
        }
    }
}

TEST_CASE("the filter follows the container's options") {
    ContainerConfig config;
    config.security.seccomp_profile = "unconfined";
    CHECK(seccomp_for(config, {}).empty());
    config.security.seccomp_profile.clear();
    CHECK(seccomp_for(config, {}).size() > 1000);
    config.privileged = true;
    CHECK(seccomp_for(config, {}).empty());
    config.security.seccomp_profile = "/nosuch/profile.json";
    CHECK_THROWS_AS(seccomp_for(config, {}), Error);
}

}  // namespace skiff::libpod
