#include "libpod/parse/isolation.h"

#include <algorithm>
#include <array>

#include "libpod/parse/refuse.h"
#include "libpod/parse/values.h"
#include "util/signals.h"

namespace skiff::libpod {

NamespaceMode parse_namespace(std::string_view flag, std::string_view text) {
    if (text.empty()) return {};
    if (text == "host") return {NamespaceKind::Host, {}};
    if (text == "private") return {NamespaceKind::Private, {}};
    if (text.starts_with("container:")) {
        if (text.size() == 10) refuse(flag, text, "names no container", "container:NAME");
        return {NamespaceKind::Container, std::string{text.substr(10)}};
    }
    if (text.starts_with("ns:")) return {NamespaceKind::Path, clean_absolute(flag, text.substr(3))};
    const bool none = flag == "--ipc" || flag == "--network";
    if (none && text == "none") return {NamespaceKind::None, {}};
    if (flag == "--ipc" && text == "shareable") return {NamespaceKind::Shareable, {}};
    refuse(flag, text, "is no mode", concat("host, private, container:NAME, ns:PATH", none ? ", none" : "",
                                            flag == "--ipc" ? ", shareable" : ""));
}

std::string parse_capability(std::string_view name) {
    static constexpr std::array<std::string_view, 41> kNames{
        "CHOWN",        "DAC_OVERRIDE",     "DAC_READ_SEARCH", "FOWNER",         "FSETID",     "KILL",        "SETGID",
        "SETUID",       "SETPCAP",          "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW",
        "IPC_LOCK",     "IPC_OWNER",        "SYS_MODULE",      "SYS_RAWIO",      "SYS_CHROOT", "SYS_PTRACE",  "SYS_PACCT",
        "SYS_ADMIN",    "SYS_BOOT",         "SYS_NICE",        "SYS_RESOURCE",   "SYS_TIME",   "SYS_TTY_CONFIG", "MKNOD",
        "LEASE",        "AUDIT_WRITE",      "AUDIT_CONTROL",   "SETFCAP",        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG",
        "WAKE_ALARM",   "BLOCK_SUSPEND",    "AUDIT_READ",      "PERFMON",        "BPF",        "CHECKPOINT_RESTORE"};
    std::string upper{name};
    std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    if (upper == "ALL") return upper;
    if (upper.starts_with("CAP_")) upper.erase(0, 4);
    if (std::find(kNames.begin(), kNames.end(), upper) == kNames.end()) {
        refuse("capability", name, "is not known", "a name of capabilities(7), with or without CAP_, or ALL");
    }
    return concat("CAP_", upper);
}

namespace {

void add_paths(std::string_view option, std::string_view list, std::vector<std::string>& out) {
    for (const auto& path : split(list, ':')) {
        if (option == "unmask" && lower(path) == "all") out.emplace_back("ALL");
        else out.push_back(clean_absolute(concat("--security-opt ", option), path));
    }
}

struct KeyValue {
    std::string key;
    std::optional<std::string> value;
};
/// docker also takes a colon between key and value.
KeyValue split_security_option(std::string_view text) {
    const auto at = text.find_first_of("=:");
    if (at == std::string_view::npos) return {std::string{text}, std::nullopt};
    return {std::string{text.substr(0, at)}, std::string{text.substr(at + 1)}};
}

bool is_proc_options(std::string_view text) { return consists_of(text, concat(kAlphanumeric, ",=_")); }

void check_label(std::string_view text, std::string_view label) {
    constexpr std::array<std::string_view, 5> kKeys{"user:", "role:", "type:", "level:", "filetype:"};
    if (label == "disable" || label == "nested") return;
    const bool known = std::any_of(kKeys.begin(), kKeys.end(), [&](auto key) { return label.starts_with(key) && label.size() > key.size(); });
    if (!known) refuse("--security-opt", text, "is no label option", "label=disable, nested, user:…, role:…, type:…, level:… or filetype:…");
}

}  // namespace

void add_security_option(std::string_view text, std::string_view current_directory, SecurityOptions& options) {
    constexpr std::string_view kGrammar =
        "apparmor=, label=, mask=, no-new-privileges, proc-opts=, seccomp=, systempaths=unconfined or unmask=";
    const auto [key, value] = split_security_option(text);
    if (key == "no-new-privileges") {
        options.no_new_privileges = !value || parse_bool("--security-opt no-new-privileges", *value);
        return;
    }
    if (!value || value->empty()) refuse("--security-opt", text, "needs a value", kGrammar);
    if (key == "seccomp") {
        options.seccomp_profile = *value == "unconfined" ? *value : absolute_host_path(*value, current_directory);
    } else if (key == "apparmor") {
        if (has_control_characters(*value)) refuse("--security-opt", text, "is no profile name");
        options.apparmor_profile = *value;
    } else if (key == "label") {
        check_label(text, *value);
        options.label.push_back(*value);
    } else if (key == "mask") {
        add_paths(key, *value, options.mask);
    } else if (key == "unmask") {
        add_paths(key, *value, options.unmask);
    } else if (key == "systempaths" && *value == "unconfined") {
        options.unmask.emplace_back("ALL");
    } else if (key == "proc-opts" && is_proc_options(*value)) {
        options.proc_opts = *value;
    } else {
        refuse("--security-opt", text, "is not known", kGrammar);
    }
}

std::pair<std::string, std::string> parse_sysctl(std::string_view text) {
    static constexpr std::array<std::string_view, 9> kKernelKeys{
        "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",       "kernel.shmall",
        "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced", "kernel.domainname"};
    const auto parts = split_once(text, '=');
    if (!parts) refuse("--sysctl", text, "has no =", "NAME=VALUE");
    const auto& [key, value] = *parts;
    const bool grammar_fits = consists_of(key, concat(kAlphanumeric, "._-")) && key.find("..") == std::string::npos &&
                              key.front() != '.' && key.back() != '.' && consists_of(value, concat(kAlphanumeric, " \t._,:-"));
    if (!grammar_fits) refuse("--sysctl", text, "has characters that are not allowed", "NAME=VALUE, NAME with dots");
    const bool allowed = key.starts_with("net.") || key.starts_with("fs.mqueue.") ||
                         std::find(kKernelKeys.begin(), kKernelKeys.end(), key) != kKernelKeys.end();
    if (!allowed) refuse("--sysctl", text, "is not confined to a container's namespaces", "net.*, fs.mqueue.*, kernel.msg*, kernel.sem or kernel.shm*");
    return *parts;
}

IdMapping parse_id_mapping(std::string_view text) {
    constexpr std::string_view kGrammar = "CONTAINER_ID:HOST_ID[:COUNT]";
    const auto parts = split(text, ':');
    if (parts.size() < 2 || parts.size() > 3) refuse("ID mapping", text, "is malformed", kGrammar);
    const auto number = [&](const std::string& part) {
        const auto parsed = parse_uint(part);
        if (!parsed || *parsed >= 0xffffffffU) refuse("ID mapping", text, concat(quote(part), " is no ID"), kGrammar);
        return static_cast<std::uint32_t>(*parsed);
    };
    IdMapping mapping{number(parts[0]), number(parts[1]), parts.size() == 3 ? number(parts[2]) : 1};
    if (mapping.count == 0) refuse("ID mapping", text, "maps nothing", kGrammar);
    const auto top = std::uint64_t{std::max(mapping.container_id, mapping.host_id)} + mapping.count;
    if (top > 0xffffffffU) refuse("ID mapping", text, "goes beyond the last ID", kGrammar);
    return mapping;
}

int parse_stop_signal(std::string_view text) {
    const auto signal = parse_signal(text);
    if (!signal) refuse("--stop-signal", text, "is no signal", "a number from 1 to 64 or a name");
    return *signal;
}

RestartPolicy parse_restart(std::string_view text) {
    constexpr std::string_view kGrammar = "no, always, unless-stopped or on-failure[:COUNT]";
    if (text.empty() || text == "no" || text == "never") return {};
    if (text == "always") return {RestartKind::Always, 0};
    if (text == "unless-stopped") return {RestartKind::UnlessStopped, 0};
    if (text == "on-failure") return {RestartKind::OnFailure, 0};
    if (!text.starts_with("on-failure:")) refuse("--restart", text, "is no restart policy", kGrammar);
    const auto retries = parse_uint(text.substr(11));
    if (!retries || *retries > 0x7fffffffU) refuse("--restart", text, "the count is no number", kGrammar);
    return {RestartKind::OnFailure, static_cast<std::uint32_t>(*retries)};
}

}  // namespace skiff::libpod
