#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/format/listing.h"
#include "cli/info_names.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/version.h"
#include "cli/yaml.h"
#include "image/image_store.h"
#include "libpod/containers_conf.h"
#include "libpod/runtime.h"
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

OrderedJson security() {
    OrderedJson json;
    json["apparmorEnabled"] = trim(file_or_empty("/sys/module/apparmor/parameters/enabled")) == "Y";
    json["rootless"] = ::geteuid() != 0;
    json["seccompEnabled"] = !file_or_empty("/proc/sys/kernel/seccomp/actions_avail").empty();
    json["selinuxEnabled"] = ::access("/sys/fs/selinux/enforce", F_OK) == 0;
    return json;
}

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
    json["cgroupManager"] = manager.empty() ? "cgroupfs" : manager;
    json["cgroupVersion"] = cgroup_version();
    json["cgroupControllers"] = cgroup_controllers();
    json["conmon"] = {{"package", ""}, {"path", "(embedded)"}, {"version", SKIFF_VERSION}};
    json["cpus"] = ::sysconf(_SC_NPROCESSORS_ONLN);
    json["databaseBackend"] = "sqlite";
    json["distribution"] = {{"distribution", os_release(release, "ID")},
                            {"version", os_release(release, "VERSION_ID")},
                            {"codename", os_release(release, "VERSION_CODENAME")}};
    json["eventLogger"] = "none";
    json["hostname"] = names.nodename;
    json["idMappings"] = {{"gidmap", nullptr}, {"uidmap", nullptr}};
    json["kernel"] = names.release;
    json["logDriver"] = config.log_driver;
    json["memFree"] = meminfo_bytes(memory, "MemFree");
    json["memTotal"] = meminfo_bytes(memory, "MemTotal");
    json["ociRuntime"] = oci_runtime(runtime);
    json["os"] = "linux";
    json["remoteSocket"] = {{"path", ""}, {"exists", false}};
    json["serviceIsRemote"] = false;
    json["security"] = security();
    json["swapFree"] = meminfo_bytes(memory, "SwapFree");
    json["swapTotal"] = meminfo_bytes(memory, "SwapTotal");
    json["uptime"] = uptime_text(system.uptime);
    return json;
}

OrderedJson container_counts(libpod::Runtime& runtime) {
    int number = 0, paused = 0, running = 0, stopped = 0;
    for (const libpod::ContainerRow& row : runtime.list()) {
        ++number;
        if (row.state.state == libpod::State::Running) ++running;
        else if (row.state.state == libpod::State::Paused) ++paused;
        else ++stopped;
    }
    return {{"number", number}, {"paused", paused}, {"running", running}, {"stopped", stopped}};
}

OrderedJson store_document(libpod::Runtime& runtime) {
    const auto& options = runtime.options();
    struct statvfs space {};
    ::statvfs(options.root.c_str(), &space);
    const auto block = static_cast<std::int64_t>(space.f_frsize);
    OrderedJson json;
    json["configFile"] = "";
    json["containerStore"] = container_counts(runtime);
    json["graphDriverName"] = "overlay";
    json["graphOptions"] = OrderedJson::object();
    json["graphRoot"] = options.root.string();
    json["graphRootAllocated"] = block * static_cast<std::int64_t>(space.f_blocks);
    json["graphRootUsed"] = block * static_cast<std::int64_t>(space.f_blocks - space.f_bfree);
    json["graphStatus"] = OrderedJson::object();
    json["imageCopyTmpDir"] = (options.root / "staging").string();
    json["imageStore"] = {{"number", runtime.images().list().size()}};
    json["runRoot"] = options.runroot.string();
    json["transientStore"] = false;
    json["volumePath"] = "";
    return json;
}

OrderedJson info_document(libpod::Runtime& runtime) {
    OrderedJson json;
    json["host"] = host_document(runtime);
    json["store"] = store_document(runtime);
    json["registries"] = OrderedJson::object();
    json["plugins"] = {{"volume", OrderedJson::array()},
                       {"network", OrderedJson::array()},
                       {"log", {"k8s-file", "json-file", "none", "passthrough"}},
                       {"authorization", nullptr}};
    json["version"] = version_document();
    return json;
}

int info(libpod::Runtime& runtime, const std::string& format) {
    const OrderedJson document = info_document(runtime);
    if (format.empty()) print(to_yaml(document));
    else if (is_json_format(format)) print_line(dump(document, /*indent=*/2));
    else print(render_object("info", format, with_go_names(document)));
    return 0;
}

}  // namespace

void define_info(CLI::App& command, Invocation& invocation) {
    auto format = std::make_shared<std::string>();
    add_string(command, "-f,--format", *format, "FORMAT", "json, or a Go template");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [format](libpod::Runtime& runtime) { return info(runtime, *format); };
}

}  // namespace skiff::cli
