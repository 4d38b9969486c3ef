#include <unistd.h>

#include "oci/native/cli_run.h"
#include "oci/native/mount_options.h"
#include "oci/native/names.h"
#include "oci/native/seccomp.h"
#include "util/json.h"

namespace skiff::oci::native {
namespace {

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

/// Group 5 (tty) is nobody in a user namespace of one ID.
OrderedJson example_mounts(bool rootless) {
    std::vector<std::string> pts = {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"};
    if (!rootless) pts.emplace_back("gid=5");
    return OrderedJson::array({
        mount_entry("/proc", "proc", "proc", {}),
        mount_entry("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}),
        mount_entry("/dev/pts", "devpts", "devpts", std::move(pts)),
        mount_entry("/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}),
        mount_entry("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}),
        mount_entry("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}),
        mount_entry("/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"}),
    });
}

/// Root of the container is who asks for the example.
OrderedJson mappings_of_caller() {
    const auto one = [](std::uint32_t id) { return OrderedJson::array({{{"containerID", 0}, {"hostID", id}, {"size", 1}}}); };
    return {{"uidMappings", one(::geteuid())}, {"gidMappings", one(::getegid())}};
}

}  // namespace

std::string example_spec(bool rootless) {
    OrderedJson spec;
    spec["ociVersion"] = "1.0.2";  // it uses nothing newer, and older tools refuse what they do not know
    spec["process"] = example_process();
    spec["root"] = {{"path", "rootfs"}, {"readonly", true}};
    spec["hostname"] = "skiff";
    spec["mounts"] = example_mounts(rootless);
    OrderedJson lnx;
    if (rootless) lnx.update(mappings_of_caller());
    else lnx["resources"]["devices"] = OrderedJson::array({{{"allow", false}, {"access", "rwm"}}});
    for (const char* type : {"pid", "network", "ipc", "uts", "mount", "cgroup"}) lnx["namespaces"].push_back({{"type", type}});
    if (rootless) lnx["namespaces"].push_back({{"type", "user"}});
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
    document["potentiallyUnsafeConfigAnnotations"] = {"org.systemd.property.", "run.oci."};
    return dump(document, 2);
}

}  // namespace skiff::oci::native
