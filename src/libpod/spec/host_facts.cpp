#include <fcntl.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "libpod/spec/inputs.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr unsigned kSysResource = 24;  // capabilities(7), CAP_SYS_RESOURCE

bool is_file_system(const char* path, long magic) {
    struct statfs info {};
    return ::statfs(path, &info) == 0 && info.f_type == magic;
}

CgroupMode cgroup_mode() {
    if (is_file_system("/sys/fs/cgroup", CGROUP2_SUPER_MAGIC)) return CgroupMode::V2;
    return is_file_system("/sys/fs/cgroup/unified", CGROUP2_SUPER_MAGIC) ? CgroupMode::Hybrid : CgroupMode::V1;
}

std::int64_t hard_limit(int resource) {
    rlimit limit{};
    if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0 || limit.rlim_max == RLIM_INFINITY) return -1;
    return static_cast<std::int64_t>(limit.rlim_max);
}

/// A hexadecimal line of /proc/self/status, all bits set when it is not there.
std::uint64_t capability_line(std::string_view status, std::string_view name) {
    const auto at = status.find(name);
    if (at == std::string_view::npos) return ~0ULL;
    const auto value = trim(status.substr(at + name.size(), status.find('\n', at) - at - name.size()));
    std::uint64_t bits = ~0ULL;
    std::from_chars(value.data(), value.data() + value.size(), bits, 16);
    return bits;
}

std::string go_architecture(std::string_view machine) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kNames{{{"x86_64", "amd64"},
                                                                                          {"i686", "386"},
                                                                                          {"aarch64", "arm64"},
                                                                                          {"armv7l", "arm"},
                                                                                          {"ppc64le", "ppc64le"},
                                                                                          {"s390x", "s390x"},
                                                                                          {"riscv64", "riscv64"},
                                                                                          {"mips64", "mips64"}}};
    for (const auto& [uname, go] : kNames) {
        if (uname == machine) return std::string{go};
    }
    return std::string{machine};
}

void read_kernel(HostFacts& facts) {
    utsname name{};
    ::uname(&name);
    facts.architecture = go_architecture(name.machine);
    const auto parts = split(name.release, '.');
    facts.kernel_major = static_cast<std::uint32_t>(parse_uint(parts[0]).value_or(0));
    const auto digits = parts.size() > 1 ? parts[1].substr(0, parts[1].find_first_not_of("0123456789")) : "0";
    facts.kernel_minor = static_cast<std::uint32_t>(parse_uint(digits).value_or(0));
}

bool says_yes(const char* path) {
    const auto text = read_file_if_exists_at(AT_FDCWD, path, 64);
    return text && text->starts_with('Y');
}

}  // namespace

HostFacts probe_host() {
    HostFacts facts;
    facts.cgroups = cgroup_mode();
    const std::string status = read_file_if_exists_at(AT_FDCWD, "/proc/self/status", 1U << 16).value_or("");
    facts.capabilities = capability_line(status, "CapBnd:");
    facts.systemd_cgroup = facts.cgroups != CgroupMode::V2 && ::access("/sys/fs/cgroup/systemd/cgroup.procs", F_OK) == 0;
    facts.limits = {hard_limit(RLIMIT_NOFILE), hard_limit(RLIMIT_NPROC),
                    (capability_line(status, "CapEff:") >> kSysResource & 1U) != 0};
    facts.apparmor = says_yes("/sys/module/apparmor/parameters/enabled");
    facts.selinux = is_file_system("/sys/fs/selinux", SELINUX_MAGIC);
    read_kernel(facts);
    return facts;
}

}  // namespace skiff::libpod
