#include "cli/inspect_container.h"

#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "cli/inspect_mounts.h"
#include "cli/inspect_network.h"
#include "image/image_store.h"
#include "libpod/container.h"
#include "libpod/container_config.h"
#include "libpod/health_state.h"
#include "libpod/host_mount.h"
#include "libpod/runtime.h"
#include "libpod/spec/capabilities.h"
#include "libpod/volume/volume.h"
#include "storage/container_storage.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

using libpod::Container;
using libpod::ContainerConfig;
using libpod::ContainerState;
using libpod::State;

constexpr const char* kNever = "0001-01-01T00:00:00Z";  // Go's zero time

std::string time_text(UnixNanos when) { return when == 0 ? kNever : rfc3339(when); }

// The OCI spec of the last init; null when there was none.
Json spec_of(const Container& container) {
    const std::string text = container.oci_config();
    if (text.empty()) return nullptr;
    return parse_json(text, concat("config.json of container ", container.id()));
}

OrderedJson health_of(const Container& container) {
    const auto health = libpod::read_health(container.runtime().db(), container.id());
    if (!health) return {{"Status", ""}, {"FailingStreak", 0}, {"Log", nullptr}};
    return {{"Status", health->status}, {"FailingStreak", health->failing_streak}, {"Log", OrderedJson::parse(libpod::health_log_json(health->log))}};
}

OrderedJson state_of(const Container& container, const Json& spec) {
    const ContainerState& state = container.state();
    const Json details = parse_json(state.details, "a container's details");
    OrderedJson json = object_of(24);
    json["OciVersion"] = spec.is_object() ? string_or(spec, "ociVersion", "1.0.2") : "1.0.2";
    json["Status"] = libpod::shown_state(state.state);
    json["Running"] = state.state == State::Running || state.state == State::Stopping;
    json["Paused"] = state.state == State::Paused;
    json["Restarting"] = false;
    json["OOMKilled"] = state.oom_killed;
    json["Dead"] = state.state == State::Removing;
    json["Pid"] = state.init.pid > 0 ? state.init.pid : 0;
    json["ConmonPid"] = state.monitor.pid > 0 ? state.monitor.pid : 0;
    json["ExitCode"] = state.exit_code;
    json["Error"] = string_or(details, "error");
    json["StartedAt"] = time_text(state.started_at);
    json["FinishedAt"] = time_text(state.finished_at);
    json["Health"] = health_of(container);
    const Json* linux_part = spec.is_object() ? member(spec, "linux") : nullptr;
    json["CgroupPath"] = linux_part != nullptr ? string_or(*linux_part, "cgroupsPath") : "";
    json["CheckpointedAt"] = kNever;
    json["RestoredAt"] = kNever;
    json["StoppedByUser"] = state.stopped_by_user;
    return json;
}

OrderedJson capabilities(const Json& spec, const char* set) {
    OrderedJson list = OrderedJson::array();
    const Json* sets = spec.contains("process") ? member(spec.at("process"), "capabilities") : nullptr;
    if (sets == nullptr) return list;
    for (const std::string& capability : strings_or_empty(*sets, set)) list.push_back(capability);
    return list;
}

bool runs_as_root(const std::string& user) {
    const std::string name = user.substr(0, user.find(':'));
    return name.empty() || name == "root" || name == "0";
}

/// Of the last init; of the one to come when there was none.
void add_capabilities(OrderedJson& json, const ContainerConfig& config, const Json& spec) {
    if (spec.is_object()) {
        json["EffectiveCaps"] = capabilities(spec, "effective");
        json["BoundingCaps"] = capabilities(spec, "bounding");
        return;
    }
    const libpod::HostFacts host = libpod::probe_host();
    const auto bounding = libpod::bounding_capabilities(config, host);
    json["EffectiveCaps"] = runs_as_root(config.user) ? bounding : libpod::added_capabilities(config, host);
    json["BoundingCaps"] = bounding;
}

/// Where the host sees the container's files now: its mount table has them only while `mount` asked for that, but a running container's
/// root can be walked into. Empty: nowhere.
std::string merged_directory(const Container& container) {
    const ContainerState& state = container.state();
    if (libpod::is_host_mounted(container.runtime(), container.id())) return libpod::host_mount_path(container.runtime(), container.id()).string();
    const bool runs = state.state == State::Running || state.state == State::Paused || state.state == State::Stopping;
    return runs && state.init.pid > 0 ? concat("/proc/", state.init.pid, "/root") : std::string{};
}

OrderedJson graph_driver(const Container& container) {
    OrderedJson data = OrderedJson::object();
    try {
        const ContainerConfig& config = container.config();
        std::optional<Digest> top;
        if (!config.top_layer.empty()) top = Digest::parse(config.top_layer);
        const auto overlay = container.runtime().container_storage().overlay_spec(container.id(), top);
        std::string lower;
        for (const storage::LowerDir& layer : overlay.lower) {
            if (!lower.empty()) lower += ':';
            lower += layer.path.string();
        }
        data["LowerDir"] = lower;
        if (const std::string merged = merged_directory(container); !merged.empty()) data["MergedDir"] = merged;
        data["UpperDir"] = overlay.upper.string();
        data["WorkDir"] = overlay.work.string();
    } catch (const Error&) {
        // A container that is being removed may have lost its layer: the rest is still worth showing.
        data = OrderedJson::object();
    }
    return {{"Name", "overlay"}, {"Data", std::move(data)}};
}

OrderedJson dependencies_of(const ContainerConfig& config) {
    OrderedJson list = OrderedJson::array();
    for (const std::string& id : config.requires_containers) list.push_back(id);
    const libpod::Namespaces& spaces = config.namespaces;
    for (const libpod::NamespaceMode* mode : {&spaces.pid, &spaces.ipc, &spaces.network, &spaces.uts, &spaces.user, &spaces.cgroup}) {
        const bool joins = mode->kind == libpod::NamespaceKind::Container;
        if (joins && std::find(list.begin(), list.end(), mode->value) == list.end()) list.push_back(mode->value);
    }
    return list;
}

OrderedJson exec_ids(const Container& container) {
    OrderedJson list = OrderedJson::array();
    for (const libpod::ExecRow& session : container.exec_sessions()) list.push_back(session.id);
    return list;
}

// A file of the run directory, empty until the container was initialized.
std::string run_file(const Container& container, const char* name) {
    const auto path = container.runtime().run_dir(container.id()) / name;
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 ? path.string() : std::string{};
}

void add_image(OrderedJson& json, const Container& container) {
    const ContainerConfig& config = container.config();
    json["Image"] = config.image_id;
    std::string digest;
    if (!config.image_id.empty()) digest = container.runtime().images().get(config.image_id).manifest_digest.text();
    json["ImageDigest"] = digest;
    json["ImageName"] = config.image_name;
    json["Rootfs"] = config.rootfs;
    json["Pod"] = container.row().pod_id.value_or("");
}

void add_paths(OrderedJson& json, const Container& container) {
    const ContainerConfig& config = container.config();
    json["ResolvConfPath"] = run_file(container, "resolv.conf");
    json["HostnamePath"] = run_file(container, "hostname");
    json["HostsPath"] = run_file(container, "hosts");
    json["StaticDir"] = container.runtime().container_dir(container.id()).string();
    json["OCIConfigPath"] = run_file(container, "config.json");
    const Json details = parse_json(container.state().details, "a container's details");
    json["OCIRuntime"] = string_or(details, "oci_runtime", config.runtime.empty() ? container.runtime().default_oci_runtime() : config.runtime);
    json["ConmonPidFile"] = config.conmon_pid_file;
    json["PidFile"] = config.pid_file;
}

void add_sizes(OrderedJson& json, const Container& container) {
    const auto rw = static_cast<std::int64_t>(container.runtime().container_storage().diff_size(container.id()));
    std::int64_t image = 0;
    if (!container.config().image_id.empty()) {
        image = static_cast<std::int64_t>(container.runtime().images().get(container.config().image_id).size);
    }
    json["SizeRw"] = rw;
    json["SizeRootFs"] = image + rw;
}

}  // namespace

OrderedJson inspect_container(Container& container, bool with_size) {
    const ContainerConfig& config = container.config();
    const Json spec = spec_of(container);
    const auto argv = libpod::argv_of(config);
    OrderedJson json = object_of(56);
    json["Id"] = container.id();
    json["Created"] = rfc3339(container.row().created_at);
    json["Path"] = argv.empty() ? "" : argv.front();
    json["Args"] = argv.empty() ? std::vector<std::string>{} : std::vector<std::string>(argv.begin() + 1, argv.end());
    json["State"] = state_of(container, spec);
    add_image(json, container);
    add_paths(json, container);
    json["Name"] = container.name();
    json["RestartCount"] = container.state().restarts;
    json["Driver"] = "overlay";
    json["MountLabel"] = "";
    json["ProcessLabel"] = "";
    const Json* process = spec.is_object() ? member(spec, "process") : nullptr;
    json["AppArmorProfile"] = process != nullptr ? string_or(*process, "apparmorProfile") : "";
    add_capabilities(json, config, spec);
    json["ExecIDs"] = exec_ids(container);
    json["GraphDriver"] = graph_driver(container);
    if (with_size) add_sizes(json, container);
    json["Mounts"] = inspect_mounts(container);
    json["Dependencies"] = dependencies_of(config);
    json["NetworkSettings"] = inspect_network_settings(container);
    json["Namespace"] = "";
    json["IsInfra"] = false;
    json["IsService"] = false;
    json["KubeExitCodePropagation"] = "invalid";
    json["lockNumber"] = 0;
    json["Config"] = inspect_config(config, spec);
    json["HostConfig"] = inspect_host_config(config, container.log_path().string());
    json["UseImageHosts"] = false;
    json["UseImageHostname"] = config.no_hostname;
    return json;
}

}  // namespace skiff::cli
