#include "oci/native/names.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>

#include "util/files.h"
#include "util/text.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

namespace skiff::oci::native {
namespace {

/// In ASCII, whatever the case.
bool is_same_word(std::string_view left, std::string_view right) {
    const auto raised = [](char letter) { return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter; };
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(), [&](char a, char b) { return raised(a) == raised(b); });
}

constexpr std::array kCapabilities = {
    "CAP_CHOWN",           "CAP_DAC_OVERRIDE",     "CAP_DAC_READ_SEARCH", "CAP_FOWNER",         "CAP_FSETID",
    "CAP_KILL",            "CAP_SETGID",           "CAP_SETUID",          "CAP_SETPCAP",        "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",   "CAP_NET_ADMIN",       "CAP_NET_RAW",        "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",       "CAP_SYS_MODULE",       "CAP_SYS_RAWIO",       "CAP_SYS_CHROOT",     "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",       "CAP_SYS_ADMIN",        "CAP_SYS_BOOT",        "CAP_SYS_NICE",       "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",        "CAP_SYS_TTY_CONFIG",   "CAP_MKNOD",           "CAP_LEASE",          "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",   "CAP_SETFCAP",          "CAP_MAC_OVERRIDE",    "CAP_MAC_ADMIN",      "CAP_SYSLOG",
    "CAP_WAKE_ALARM",      "CAP_BLOCK_SUSPEND",    "CAP_AUDIT_READ",      "CAP_PERFMON",        "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE"};

struct Named {
    const char* name;
    int number;
};

constexpr std::array<Named, 16> kRlimits = {{
    {"RLIMIT_AS", RLIMIT_AS},           {"RLIMIT_CORE", RLIMIT_CORE},     {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},       {"RLIMIT_FSIZE", RLIMIT_FSIZE},   {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK}, {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE}, {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},   {"RLIMIT_NPROC", RLIMIT_NPROC},   {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},   {"RLIMIT_RTTIME", RLIMIT_RTTIME}, {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK", RLIMIT_STACK},
}};

struct NamespaceName {
    const char* type;
    int flag;
    const char* file;
};
constexpr std::array<NamespaceName, 8> kNamespaces = {{
    {"cgroup", CLONE_NEWCGROUP, "cgroup"},
    {"ipc", CLONE_NEWIPC, "ipc"},
    {"mount", CLONE_NEWNS, "mnt"},
    {"network", CLONE_NEWNET, "net"},
    {"pid", CLONE_NEWPID, "pid"},
    {"time", CLONE_NEWTIME, "time"},
    {"user", CLONE_NEWUSER, "user"},
    {"uts", CLONE_NEWUTS, "uts"},
}};

}  // namespace

std::optional<int> capability_number(std::string_view name) {
    constexpr std::string_view kPrefix = "CAP_";
    const bool has_prefix = is_same_word(name.substr(0, kPrefix.size()), kPrefix);
    const std::string_view rest = has_prefix ? name.substr(kPrefix.size()) : name;
    for (std::size_t number = 0; number < kCapabilities.size(); ++number) {
        if (is_same_word(rest, std::string_view{kCapabilities[number]}.substr(kPrefix.size()))) return static_cast<int>(number);
    }
    return std::nullopt;
}

std::string capability_name(int number) {
    const auto index = static_cast<std::size_t>(number);
    return number >= 0 && index < kCapabilities.size() ? kCapabilities[index] : concat("CAP_", number);
}

int last_capability() {
    const auto text = read_file_if_exists_at(AT_FDCWD, "/proc/sys/kernel/cap_last_cap");
    const auto number = text ? parse_int(trim(*text)) : std::nullopt;
    return number && *number < 64 ? static_cast<int>(*number) : static_cast<int>(kCapabilities.size()) - 1;
}

std::optional<int> rlimit_number(std::string_view name) {
    for (const Named& limit : kRlimits) {
        if (name == limit.name) return limit.number;
    }
    return std::nullopt;
}

std::string rlimit_name(int resource) {
    for (const Named& limit : kRlimits) {
        if (resource == limit.number) return limit.name;
    }
    return concat("RLIMIT_", resource);
}

std::optional<int> namespace_flag(std::string_view type) {
    for (const NamespaceName& entry : kNamespaces) {
        if (type == entry.type) return entry.flag;
    }
    return std::nullopt;
}

const char* namespace_file(int flag) {
    for (const NamespaceName& entry : kNamespaces) {
        if (flag == entry.flag) return entry.file;
    }
    return "";
}

std::vector<std::string> namespace_types() {
    std::vector<std::string> types;
    for (const NamespaceName& entry : kNamespaces) types.emplace_back(entry.type);
    return types;
}

std::vector<std::string> capability_names() { return {kCapabilities.begin(), kCapabilities.end()}; }

}  // namespace skiff::oci::native
