#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "cli/info_host.h"
#include "cli/version.h"
#include "libpod/containers_conf.h"
#include "libpod/parse/values.h"
#include "libpod/spec/capabilities.h"
#include "libpod/spec/inputs.h"
#include "libpod/spec/seccomp.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

std::string file_or_empty(const char* path) {
    try {
        return read_file(path);
    } catch (const Error&) {
        return {};
    }
}

// NAME=value or NAME="value". Source: os-release(5).
std::string os_release(const std::string& content, const std::string& key) {
    for (const std::string& line : split(content, '\n')) {
        const auto pair = split_once(line, '=');
        if (!pair || pair->first != key) continue;
        std::string value = pair->second;
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
        return value;
    }
    return {};
}

std::int64_t meminfo_bytes(const std::string& content, const std::string& key) {
    for (const std::string& line : split(content, '\n')) {
        const auto pair = split_once(line, ':');
        if (!pair || pair->first != key) continue;
        const std::string value{trim(pair->second)};
        return parse_int(value.substr(0, value.find(' '))).value_or(0) * 1024;
    }
    return 0;
}

std::string uptime_text(long seconds) {
    return concat(seconds / 3600, "h ", seconds / 60 % 60, "m ", seconds % 60, ".00s");
}

// v2 when the unified hierarchy is the only one.
std::string cgroup_version() { return ::access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0 ? "v2" : "v1"; }

std::vector<std::string> cgroup_controllers() {
    std::vector<std::string> controllers;
    const std::string unified = file_or_empty("/sys/fs/cgroup/cgroup.controllers");
    if (!unified.empty()) return split(trim(unified), ' ');
    for (const std::string& line : split(file_or_empty("/proc/cgroups"), '\n')) {
        const auto fields = split(line, '\t');
        if (fields.size() == 4 && fields[0].front() != '#' && fields[3] == "1") controllers.push_back(fields[0]);
    }
    return controllers;
}

OrderedJson oci_runtime(const libpod::Runtime& runtime) {
    OrderedJson json{{"name", ""}, {"package", ""}, {"path", ""}, {"version", ""}};
    try {
        const std::string name = runtime.default_oci_runtime();
        const oci::OciRuntime& program = runtime.oci_runtime(name);
        json["name"] = program.name();
        json["path"] = program.path().string();
        json["version"] = program.version();
    } catch (const Error& error) {
        // info is what one runs to find out what is wrong.
        json["version"] = concat("unavailable: ", error.what());
    }
    return json;
}

/// Since boot, as podman has it. Source: proc_stat(5), the line "cpu".
OrderedJson cpu_utilization() {
    std::array<double, 8> ticks{};  // user nice system idle iowait irq softirq steal
    const std::string stat = file_or_empty("/proc/stat");
    const auto fields = split(trim(stat.substr(0, stat.find('\n'))), ' ');
    double total = 0;
    for (std::size_t i = 0, at = 0; i < fields.size() && at < ticks.size(); ++i) {
        if (fields[i].empty() || fields[i] == "cpu") continue;
        ticks[at] = static_cast<double>(parse_int(fields[i]).value_or(0));
        total += ticks[at++];
    }
    const auto percent = [&](double part) { return total == 0 ? 0.0 : std::round(part / total * 10000) / 100; };
    return {{"userPercent", percent(ticks[0] + ticks[1])}, {"systemPercent", percent(ticks[2])}, {"idlePercent", percent(ticks[3])}};
}

std::string default_capabilities(const libpod::EngineConfig& config) {
    libpod::ContainerConfig container;
    for (const std::string& name : config.default_capabilities) container.default_capabilities.push_back(libpod::parse_capability(name));
    return join(libpod::bounding_capabilities(container, libpod::probe_host()), ",");
}

OrderedJson security(const libpod::EngineConfig& config) {
    OrderedJson json;
    json["apparmorEnabled"] = trim(file_or_empty("/sys/module/apparmor/parameters/enabled")) == "Y";
    json["capabilities"] = default_capabilities(config);
    json["rootless"] = ::geteuid() != 0;
    json["seccompEnabled"] = !file_or_empty("/proc/sys/kernel/seccomp/actions_avail").empty();
    json["seccompProfilePath"] = config.seccomp_profile.empty() ? libpod::default_seccomp_file() : config.seccomp_profile;
    json["selinuxEnabled"] = ::access("/sys/fs/selinux/enforce", F_OK) == 0;
    return json;
}

}  // namespace

OrderedJson host_document(const libpod::Runtime& runtime) {
    struct utsname names {};
    ::uname(&names);
    struct sysinfo system {};
    ::sysinfo(&system);
    const std::string release = file_or_empty("/etc/os-release");
    const std::string memory = file_or_empty("/proc/meminfo");
    const libpod::EngineConfig& config = runtime.engine_config();
    const std::string manager = runtime.options().cgroup_manager.empty() ? config.cgroup_manager : runtime.options().cgroup_manager;
    OrderedJson json;
    json["arch"] = go_architecture();
    json["buildahVersion"] = "";
    json["cgroupManager"] = manager.empty() ? "cgroupfs" : manager;
    json["cgroupVersion"] = cgroup_version();
    json["cgroupControllers"] = cgroup_controllers();
    json["conmon"] = {{"package", ""}, {"path", "(embedded)"}, {"version", SKIFF_VERSION}};
    json["cpus"] = ::sysconf(_SC_NPROCESSORS_ONLN);
    json["cpuUtilization"] = cpu_utilization();
    json["databaseBackend"] = "sqlite";
    json["distribution"] = {{"distribution", os_release(release, "ID")},
                            {"version", os_release(release, "VERSION_ID")},
                            {"codename", os_release(release, "VERSION_CODENAME")}};
    json["eventLogger"] = "none";
    json["hostname"] = names.nodename;
    json["idMappings"] = {{"gidmap", nullptr}, {"uidmap", nullptr}};
    json["kernel"] = names.release;
    json["linkmode"] = "static";
    json["logDriver"] = config.log_driver;
    json["memFree"] = meminfo_bytes(memory, "MemFree");
    json["memTotal"] = meminfo_bytes(memory, "MemTotal");
    json["networkBackend"] = "netavark";  // the words that scripts compare with; skiff's own does what it does
    json["ociRuntime"] = oci_runtime(runtime);
    json["os"] = "linux";
    json["remoteSocket"] = {{"path", ""}, {"exists", false}};
    json["serviceIsRemote"] = false;
    json["security"] = security(config);
    json["swapFree"] = meminfo_bytes(memory, "SwapFree");
    json["swapTotal"] = meminfo_bytes(memory, "SwapTotal");
    json["uptime"] = uptime_text(system.uptime);
    return json;
}

}  // namespace skiff::cli
