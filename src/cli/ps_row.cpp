#include "cli/ps_row.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>

#include "cli/ports.h"
#include "image/image_store.h"
#include "libpod/listed_config.h"
#include "libpod/runtime.h"
#include "storage/container_storage.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

constexpr std::int64_t kGoZeroTime = -62135596800;  // Go's time.Time{}.Unix(): "never", as podman prints it
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

std::int64_t unix_seconds(UnixNanos when) { return when == 0 ? kGoZeroTime : when / kNanosPerSecond; }

std::string span_since(UnixNanos when, UnixNanos now) {
    const std::int64_t seconds = std::max<std::int64_t>(0, (now - when) / kNanosPerSecond);
    return human_duration(std::chrono::seconds{seconds});
}

std::string namespace_number(pid_t pid, const char* name) {
    std::array<char, 64> target{};
    const ssize_t length = ::readlink(concat("/proc/", pid, "/ns/", name).c_str(), target.data(), target.size());
    if (length <= 0) return {};
    const std::string_view link{target.data(), static_cast<std::size_t>(length)};  // "net:[4026531840]"
    const auto open = link.find('['), close = link.find(']');
    if (open == std::string_view::npos || close == std::string_view::npos) return {};
    return std::string{link.substr(open + 1, close - open - 1)};
}

OrderedJson namespaces_of(const libpod::ContainerState& state) {
    OrderedJson spaces = OrderedJson::object();
    if (state.init.pid <= 0) return spaces;
    static constexpr std::array<std::pair<const char*, const char*>, 7> kSpaces = {{
        {"MNT", "mnt"}, {"Cgroup", "cgroup"}, {"IPC", "ipc"}, {"NET", "net"}, {"PIDNS", "pid"}, {"UTS", "uts"}, {"User", "user"},
    }};
    for (const auto& [key, name] : kSpaces) spaces[key] = namespace_number(state.init.pid, name);
    return spaces;
}

OrderedJson size_of(const libpod::Runtime& runtime, const libpod::ContainerRow& row) {
    std::int64_t rw = 0;
    try {
        rw = static_cast<std::int64_t>(runtime.container_storage().diff_size(row.id));
    } catch (const Error&) {
        return nullptr;  // removed meanwhile
    }
    std::int64_t image = 0;
    if (row.image_id) image = static_cast<std::int64_t>(runtime.images().get(*row.image_id).size);
    return {{"rootFsSize", image + rw}, {"rwSize", rw}};
}

OrderedJson destinations_of(const libpod::ListedConfig& config) {
    OrderedJson mounts = OrderedJson::array();
    for (const libpod::MountConfig& mount : config.mounts) mounts.push_back(mount.destination);
    return mounts;
}

std::string joined(const OrderedJson& list, std::string_view separator) {
    std::string out;
    if (!list.is_array()) return out;
    for (const OrderedJson& element : list) {
        if (!out.empty()) out += separator;
        out += element.get<std::string>();
    }
    return out;
}

// A placeholder's text; no arguments are taken.
Method text_method(std::function<std::string(const OrderedJson&)> make) {
    return [make = std::move(make)](const OrderedJson& row, std::span<const OrderedJson>) { return OrderedJson(make(row)); };
}

// As human_size(), with three significant digits: so podman and docker show a container's size, and nothing else.
std::string rough_size(std::int64_t bytes) {
    static constexpr std::array kUnits = {"B", "kB", "MB", "GB", "TB", "PB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1000 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3g%s", value, kUnits[unit]);
    return text.data();
}

std::string size_text(const OrderedJson& row) {
    const OrderedJson& size = row.at("Size");
    if (size.is_null()) return {};
    return concat(rough_size(size.at("rwSize").get<std::int64_t>()), " (virtual ",
                  rough_size(size.at("rootFsSize").get<std::int64_t>()), ")");
}

OrderedJson label_method(const OrderedJson& row, std::span<const OrderedJson> arguments) {
    if (arguments.size() != 1 || !arguments[0].is_string()) throw Error{ErrorKind::Invalid, "Label wants one string"};
    const OrderedJson& labels = row.at("Labels");
    const std::string key = arguments[0].get<std::string>();
    return labels.is_object() && labels.contains(key) ? labels.at(key) : OrderedJson("");
}

std::string created_ago(const OrderedJson& row) {
    return concat(span_since(row.at("Created").get<std::int64_t>() * kNanosPerSecond, now_nanos()), " ago");
}

Method namespace_method(const char* key) {
    return text_method([key](const OrderedJson& row) {
        const OrderedJson& spaces = row.at("Namespaces");
        return spaces.contains(key) ? spaces.at(key).get<std::string>() : std::string{};
    });
}

}  // namespace

std::string ps_status(const libpod::ContainerState& state, UnixNanos now) {
    switch (state.state) {
        case libpod::State::Running: return concat("Up ", span_since(state.started_at, now));
        case libpod::State::Stopped:
            return concat("Exited (", state.exit_code, ") ", span_since(state.finished_at, now), " ago");
        case libpod::State::Configured: return "Created";
        case libpod::State::Created: return "Initialized";
        case libpod::State::Paused: return "Paused";
        case libpod::State::Stopping: return "Stopping";
        case libpod::State::Removing: return "Removing";
        case libpod::State::Unknown: return "Unknown";
    }
    return {};
}

namespace {

/// "Up 3 minutes (healthy)".
std::string status_with_health(const libpod::ContainerRow& row, const PsShown& shown) {
    std::string status = ps_status(row.state, now_nanos());
    const auto health = shown.health.find(row.id);
    if (row.state.state == libpod::State::Running && health != shown.health.end()) status += concat(" (", health->second, ")");
    return status;
}

}  // namespace

OrderedJson ps_row(const libpod::Runtime& runtime, const libpod::ContainerRow& row, const PsShown& shown) {
    const auto config = libpod::read_listed_config(row.config);
    const libpod::ContainerState& state = row.state;
    const bool exited = state.state == libpod::State::Stopped;
    // Appended: assignment by key would compare each with all before it, for each of a thousand rows.
    OrderedJson json = OrderedJson::object();
    auto& members = json.get_ref<OrderedJson::object_t&>();
    members.reserve(26);
    members.emplace_back("AutoRemove", config.remove);
    members.emplace_back("Command", config.argv());
    members.emplace_back("CreatedAt", concat(span_since(row.created_at, now_nanos()), " ago"));
    members.emplace_back("CIDFile", config.cid_file);
    members.emplace_back("Exited", exited);
    members.emplace_back("ExitedAt", exited ? unix_seconds(state.finished_at) : kGoZeroTime);
    members.emplace_back("ExitCode", state.exit_code);
    members.emplace_back("ExposedPorts", ps_exposed_ports(config.exposed_ports));
    members.emplace_back("Id", row.id);
    members.emplace_back("Image", config.image_id.empty() ? config.rootfs : config.image_name);
    members.emplace_back("ImageID", config.image_id);
    members.emplace_back("IsInfra", false);
    members.emplace_back("Labels", config.labels.empty() ? OrderedJson(nullptr) : OrderedJson(config.labels));
    members.emplace_back("Mounts", destinations_of(config));
    members.emplace_back("Names", OrderedJson::array({row.name}));
    members.emplace_back("Namespaces", shown.namespaces ? namespaces_of(state) : OrderedJson::object());
    const auto networks = shown.networks.find(row.id);
    members.emplace_back("Networks", networks == shown.networks.end() ? std::vector<std::string>{} : networks->second);
    members.emplace_back("Pid", state.init.pid > 0 ? state.init.pid : 0);
    members.emplace_back("Pod", row.pod_id.value_or(""));
    members.emplace_back("PodName", "");
    members.emplace_back("Ports", ps_ports(config.ports));
    members.emplace_back("Restarts", state.restarts);
    members.emplace_back("Size", shown.sizes ? size_of(runtime, row) : OrderedJson(nullptr));
    members.emplace_back("StartedAt", unix_seconds(state.started_at));
    members.emplace_back("State", libpod::shown_state(state.state));
    members.emplace_back("Status", status_with_health(row, shown));
    members.emplace_back("Created", unix_seconds(row.created_at));
    return json;
}

Headers ps_headers() {
    return {
        {"ID", "CONTAINER ID"}, {"RunningFor", "CREATED"}, {"CreatedHuman", "CREATED"}, {"Pod", "POD ID"},
        {"PodName", "PODNAME"}, {"Cgroup", "CGROUPNS"}, {"IPC", "IPC"}, {"MNT", "MNT"}, {"NET", "NET"},
        {"PIDNS", "PIDNS"}, {"User", "USERNS"}, {"USERNS", "USERNS"}, {"UTS", "UTS"},
    };
}

Methods ps_methods(const PsShown& shown) {
    const bool in_full = shown.in_full;
    Methods methods;
    const auto id_of = [in_full](const char* key) {
        return text_method([in_full, key](const OrderedJson& row) {
            const std::string id = row.at(key).get<std::string>();
            return in_full ? id : id.substr(0, 12);
        });
    };
    methods["ID"] = id_of("Id");
    methods["ImageID"] = id_of("ImageID");
    methods["Pod"] = id_of("Pod");
    methods["Command"] = text_method([in_full](const OrderedJson& row) {
        const std::string command = joined(row.at("Command"), " ");
        return in_full ? command : short_command(command);
    });
    methods["CreatedAt"] = text_method([](const OrderedJson& row) {
        return go_time(row.at("Created").get<std::int64_t>() * kNanosPerSecond);
    });
    methods["Created"] = methods["CreatedAt"];
    methods["RunningFor"] = text_method(created_ago);
    methods["CreatedHuman"] = methods["RunningFor"];
    methods["Names"] = text_method([](const OrderedJson& row) { return joined(row.at("Names"), ","); });
    methods["Networks"] = text_method([](const OrderedJson& row) { return joined(row.at("Networks"), ","); });
    methods["Ports"] = text_method([](const OrderedJson& row) { return ports_text(row.at("Ports"), row.at("ExposedPorts")); });
    methods["Size"] = text_method(size_text);
    methods["Label"] = label_method;
    for (const char* key : {"Cgroup", "IPC", "MNT", "NET", "PIDNS", "User", "UTS"}) methods[key] = namespace_method(key);
    methods["USERNS"] = namespace_method("User");
    return methods;
}

}  // namespace skiff::cli
