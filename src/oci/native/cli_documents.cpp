#include <fcntl.h>

#include "oci/native/cgroup/control_file.h"
#include "oci/native/cli_run.h"
#include "oci/native/mount_options.h"
#include "oci/native/names.h"
#include "oci/native/seccomp.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

using cgroup::Hierarchy;
using cgroup::read_control;
using cgroup::read_control_key;

UniqueFd open_controller(const cgroup::Cgroup& group, const char* controller) {
    const cgroup::Layout& layout = group.layout();
    const Hierarchy* hierarchy = layout.mode == cgroup::Mode::Unified ? &*layout.unified : layout.find_v1(controller);
    return hierarchy == nullptr ? UniqueFd{} : open_at_if_exists(AT_FDCWD, hierarchy->directory(group.path()), O_RDONLY | O_DIRECTORY);
}

std::uint64_t number(const std::optional<std::string>& text) {
    if (text && *text == "max") return ~std::uint64_t{0};
    return text ? parse_uint(*text).value_or(0) : 0;
}

OrderedJson cpu_figures(const cgroup::Cgroup& group) {
    OrderedJson usage;
    if (group.layout().mode == cgroup::Mode::Unified) {
        const UniqueFd directory = open_controller(group, "cpu");
        usage["total"] = number(read_control_key(directory.get(), "cpu.stat", "usage_usec")) * 1000;
        usage["user"] = number(read_control_key(directory.get(), "cpu.stat", "user_usec")) * 1000;
        usage["kernel"] = number(read_control_key(directory.get(), "cpu.stat", "system_usec")) * 1000;
    } else if (const UniqueFd directory = open_controller(group, "cpuacct")) {
        usage["total"] = number(read_control(directory.get(), "cpuacct.usage"));
        usage["user"] = number(read_control(directory.get(), "cpuacct.usage_user"));
        usage["kernel"] = number(read_control(directory.get(), "cpuacct.usage_sys"));
    }
    return {{"usage", usage}};
}

OrderedJson memory_figures(const cgroup::Cgroup& group) {
    const bool unified = group.layout().mode == cgroup::Mode::Unified;
    const UniqueFd directory = open_controller(group, "memory");
    if (!directory) return OrderedJson::object();
    OrderedJson usage;
    usage["usage"] = number(read_control(directory.get(), unified ? "memory.current" : "memory.usage_in_bytes"));
    usage["limit"] = number(read_control(directory.get(), unified ? "memory.max" : "memory.limit_in_bytes"));
    usage["max"] = number(read_control(directory.get(), unified ? "memory.peak" : "memory.max_usage_in_bytes"));
    return {{"usage", usage}};
}

OrderedJson pids_figures(const cgroup::Cgroup& group) {
    const UniqueFd directory = open_controller(group, "pids");
    if (!directory) return OrderedJson::object();
    return {{"current", number(read_control(directory.get(), "pids.current"))}, {"limit", number(read_control(directory.get(), "pids.max"))}};
}

OrderedJson mount_entry(const char* destination, const char* type, const char* source, std::vector<std::string> options) {
    return {{"destination", destination}, {"type", type}, {"source", source}, {"options", std::move(options)}};
}

OrderedJson example_process() {
    const std::vector<std::string> capabilities = {"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"};
    OrderedJson process;
    process["terminal"] = true;
    process["user"] = {{"uid", 0}, {"gid", 0}};
    process["args"] = {"sh"};
    process["env"] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"};
    process["cwd"] = "/";
    process["capabilities"] = {{"bounding", capabilities}, {"effective", capabilities}, {"permitted", capabilities}};
    process["rlimits"] = OrderedJson::array({{{"type", "RLIMIT_NOFILE"}, {"hard", 1024}, {"soft", 1024}}});
    process["noNewPrivileges"] = true;
    return process;
}

OrderedJson example_mounts() {
    return OrderedJson::array({
        mount_entry("/proc", "proc", "proc", {}),
        mount_entry("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}),
        mount_entry("/dev/pts", "devpts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}),
        mount_entry("/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}),
        mount_entry("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}),
        mount_entry("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}),
        mount_entry("/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"}),
    });
}

}  // namespace

std::string stats_document(const Container& container) {
    const cgroup::Cgroup group = container.cgroup();
    OrderedJson data;
    data["cpu"] = cpu_figures(group);
    data["memory"] = memory_figures(group);
    data["pids"] = pids_figures(group);
    return dump(OrderedJson{{"type", "stats"}, {"id", container.id()}, {"data", data}});
}

std::string example_spec() {
    OrderedJson spec;
    spec["ociVersion"] = "1.0.2";  // it uses nothing newer, and older tools refuse what they do not know
    spec["process"] = example_process();
    spec["root"] = {{"path", "rootfs"}, {"readonly", true}};
    spec["hostname"] = "skiff";
    spec["mounts"] = example_mounts();
    OrderedJson lnx;
    lnx["resources"]["devices"] = OrderedJson::array({{{"allow", false}, {"access", "rwm"}}});
    for (const char* type : {"pid", "network", "ipc", "uts", "mount", "cgroup"}) lnx["namespaces"].push_back({{"type", type}});
    lnx["maskedPaths"] = {"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                          "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"};
    lnx["readonlyPaths"] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
    spec["linux"] = lnx;
    return dump(spec, 2);
}

std::string features_document() {
    const SeccompWords words = seccomp_words();
    OrderedJson lnx;
    lnx["namespaces"] = namespace_types();
    lnx["capabilities"] = capability_names();
    lnx["cgroup"] = {{"v1", true}, {"v2", true}, {"systemd", true}, {"systemdUser", false}, {"rdma", true}};
    lnx["seccomp"] = {{"enabled", true}, {"actions", words.actions}, {"operators", words.operators}, {"archs", words.architectures}, {"knownFlags", words.flags}, {"supportedFlags", words.flags}};
    lnx["apparmor"] = {{"enabled", true}};
    lnx["selinux"] = {{"enabled", true}};
    lnx["intelRdt"] = {{"enabled", false}};
    lnx["mountExtensions"] = {{"idmap", {{"enabled", true}}}};
    OrderedJson document;
    document["ociVersionMin"] = "1.0.0";
    document["ociVersionMax"] = "1.2.0";
    document["hooks"] = {"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"};
    document["mountOptions"] = known_mount_options();
    document["linux"] = lnx;
    document["annotations"] = {{"org.skiff.version", SKIFF_VERSION}};
    document["potentiallyUnsafeConfigAnnotations"] = OrderedJson::array();
    return dump(document, 2);
}

}  // namespace skiff::oci::native
