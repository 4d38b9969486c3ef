#include "cli/format/template_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "cli/format/go_duration.h"
#include "cli/format/go_time_value.h"
#include "util/text.h"

namespace skiff::cli {

const MapNames& podman_maps() {
    // Go maps of podman's reports and inspect documents (pkg/domain/entities, libpod/define), by member.
    static const MapNames names{
        "Labels", "Annotations", "Options", "Sysctls", "Attributes", "Secrets", "Networks", "PortBindings", "Ports",
        "ExposedPorts", "Volumes", "Tmpfs", "StorageOpt", "GraphDriver.Data", "LogConfig.Config", "GraphStatus",
        "GraphOptions", "graphStatus", "graphOptions", "labels", "options", "ipam_options", "IPAMOptions", "Anonymous", "DriverOpts",
        "EnvSecrets", "Containers", "containers", "interfaces", "Namespace.Map", "Spec.Driver", "plugins.configs", "Registries", "registries", "Status",
        "CgroupConf",
    };
    return names;
}

namespace tmpl {
namespace {

void append_json(std::string& out, const OrderedJson& json, bool map, std::string_view name, const MapNames& maps);

void append_list(std::string& out, const OrderedJson& list, std::string_view name, const MapNames& maps) {
    out.push_back('[');
    bool first = true;
    for (const auto& element : list) {
        if (!std::exchange(first, false)) out.push_back(' ');
        append_json(out, element, /*map=*/false, name, maps);
    }
    out.push_back(']');
}

void append_map(std::string& out, const OrderedJson& map, std::string_view name, const MapNames& maps) {
    out += "map[";
    bool first = true;
    for (const auto& [key, value] : sorted_members(map)) {
        if (!std::exchange(first, false)) out.push_back(' ');
        out.append(key).push_back(':');
        append_json(out, *value, is_map_name(maps, name, key), key, maps);
    }
    out.push_back(']');
}

/// The members that are time.Duration in Go.
bool is_duration_name(std::string_view parent, std::string_view key) {
    if (parent != "Healthcheck" && parent != "StartupHealthCheck") return false;
    return key == "Interval" || key == "Timeout" || key == "StartPeriod" || key == "StartInterval";
}

void append_struct(std::string& out, const OrderedJson& object, std::string_view name, const MapNames& maps) {
    out.push_back('{');
    bool first = true;
    for (const auto& [key, value] : object.items()) {
        if (!std::exchange(first, false)) out.push_back(' ');
        if (is_duration_name(name, key) && value.is_number()) out += go_duration(value.get<std::uint64_t>());
        else append_json(out, value, is_map_name(maps, name, key), key, maps);
    }
    out.push_back('}');
}

/// What Go prints of a member that is null: it depends on the type.
std::string_view null_text(bool map, std::string_view name) {
    static constexpr std::array<std::string_view, 11> kLists = {
        "Cmd", "Entrypoint", "CreateCommand", "VolumesFrom", "Links", "Log", "BlkioWeightDevice", "BlkioDeviceReadBps", "BlkioDeviceWriteBps",
        "BlkioDeviceReadIOps", "BlkioDeviceWriteIOps"};
    if (map) return "map[]";
    return std::find(kLists.begin(), kLists.end(), name) != kLists.end() ? "[]" : "<nil>";
}

void append_json(std::string& out, const OrderedJson& json, bool map, std::string_view name, const MapNames& maps) {
    if (json.is_string()) out += json.get_ref<const std::string&>();
    else if (json.is_boolean()) out += json.get<bool>() ? "true" : "false";
    else if (json.is_number_unsigned()) out += std::to_string(json.get<std::uint64_t>());
    else if (json.is_number_integer()) out += std::to_string(json.get<std::int64_t>());
    else if (json.is_number()) out += go_float(json.get<double>());
    else if (json.is_array()) append_list(out, json, name, maps);
    else if (json.is_object() && map) append_map(out, json, name, maps);
    else if (json.is_object()) append_struct(out, json, name, maps);
    else out += null_text(map, name);
}

}  // namespace

Value::Value(OrderedJson json)
    : kind_{Kind::Json}, owner_{std::make_shared<const OrderedJson>(std::move(json))}, json_{owner_.get()} {}

Value Value::refer(const OrderedJson& json) {
    Value value;
    value.kind_ = Kind::Json;
    value.json_ = &json;
    return value;
}

Value Value::title(std::string text) {
    Value value = Value::of(std::move(text));
    value.kind_ = Kind::Title;
    return value;
}

Value Value::part(const OrderedJson& json) const {
    Value value = refer(json);
    value.owner_ = owner_;
    return value;
}

Value Value::as_member(std::string_view parent, std::string_view name) const {
    Value member = *this;
    member.name_ = name;
    member.duration_ = is_duration_name(parent, name) && json_->is_number();
    return member;
}

const OrderedJson& Value::null() {
    static const OrderedJson none;
    return none;
}

bool truth(const Value& value) {
    const OrderedJson& json = value.json();
    if (json.is_boolean()) return json.get<bool>();
    if (json.is_number_float()) return json.get<double>() != 0;
    if (json.is_number()) return json.get<std::int64_t>() != 0;
    if (json.is_string()) return !value.text().empty();
    // A struct is always true in Go, a map when it has elements.
    if (json.is_object()) return !value.is_map() || !json.empty();
    return !json.empty();
}

std::vector<std::pair<std::string_view, const OrderedJson*>> sorted_members(const OrderedJson& object) {
    std::vector<std::pair<std::string_view, const OrderedJson*>> members;
    members.reserve(object.size());
    for (const auto& [key, value] : object.get_ref<const OrderedJson::object_t&>()) members.emplace_back(key, &value);
    std::stable_sort(members.begin(), members.end(), [](const auto& left, const auto& right) { return left.first < right.first; });
    return members;
}

void append_value(std::string& out, const Value& value, const MapNames& maps) {
    if (value.is_time()) out += go_time_text(value.text());
    else if (value.is_duration()) out += go_duration(value.json().get<std::uint64_t>());
    else append_json(out, value.json(), value.is_map(), value.name(), maps);
}

void append_result(std::string& out, const Value& value, const MapNames& maps) {
    if (value.kind() == Value::Kind::Missing) out += "<no value>";
    else append_value(out, value, maps);
}

std::string type_name(const Value& value) {
    const OrderedJson& json = value.json();
    if (json.is_string()) return "string";
    if (json.is_boolean()) return "bool";
    if (json.is_number_float()) return "float64";
    if (json.is_number()) return "int";
    if (json.is_array()) return "[]interface {}";
    if (json.is_object()) return value.is_map() ? "map[string]interface {}" : "struct";
    return "<nil>";
}

bool is_map_name(const MapNames& maps, std::string_view parent, std::string_view key) {
    if (maps.find(key) != maps.end()) return true;
    return !parent.empty() && maps.find(concat(parent, ".", key)) != maps.end();
}

std::string go_float(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    // %v is the shortest form that reads back the same, with an exponent from 1e21 and below 1e-4.
    const double size = std::fabs(value);
    const bool exponent = size != 0 && (size < 1e-4 || size >= 1e21);
    std::array<char, 64> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                   exponent ? std::chars_format::scientific : std::chars_format::fixed);
    return {text.data(), end.ptr};
}

}  // namespace tmpl
}  // namespace skiff::cli
