#include "image/config.h"

#include <algorithm>

#include "util/corrupt.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr std::size_t kHistoryLimit = 100000;

/// Strings of a config end in system calls, where a NUL would cut them short unseen.
const std::string& without_nul(const std::string& text, std::string_view what) {
    if (text.find('\0') != std::string::npos) throw_corrupt(concat(what, " holds a NUL byte"));
    return text;
}

std::string text_member(const Json& object, const char* key) { return without_nul(string_or(object, key), key); }

std::vector<std::string> list_member(const Json& object, const char* key) {
    auto list = strings_or_empty(object, key);
    for (const auto& text : list) without_nul(text, key);
    return list;
}

/// {"80/tcp": {}, …}: a set as Docker writes it.
std::vector<std::string> set_member(const Json& object, const char* key) {
    std::vector<std::string> names;
    const Json* value = member(object, key);
    if (value == nullptr) return names;
    if (!value->is_object()) throw_corrupt(concat(key, " is not an object"));
    for (const auto& [name, nothing] : value->items()) names.push_back(without_nul(name, key));
    return names;  // nlohmann::json keeps members sorted
}

std::map<std::string, std::string> map_member(const Json& object, const char* key) {
    std::map<std::string, std::string> pairs;
    const Json* value = member(object, key);
    if (value == nullptr) return pairs;
    if (!value->is_object()) throw_corrupt(concat(key, " is not an object"));
    for (const auto& [name, text] : value->items()) {
        if (!text.is_string()) throw_corrupt(concat(key, ": ", quote(name), " is not a string"));
        pairs.emplace(without_nul(name, key), without_nul(text.get<std::string>(), key));
    }
    return pairs;
}

std::optional<UnixNanos> time_member(const Json& object, const char* key) {
    const auto text = text_member(object, key);
    // Go's zero time stands for "not known".
    if (text.empty() || text.starts_with("0001-01-01T")) return std::nullopt;
    const auto when = parse_time(text);
    if (!when) throw_corrupt(concat(key, ": ", quote(text), " is not a time"));
    return when;
}

void check_env(const std::vector<std::string>& env) {
    for (const auto& entry : env) {
        const auto equals = entry.find('=');
        // A bare name would be filled from somewhere else by whoever runs it (CVE-2026-57231).
        if (equals == std::string::npos || equals == 0) throw_corrupt(concat("Env: ", quote(entry), " is not NAME=VALUE"));
    }
}

void check_volumes(const std::vector<std::string>& volumes) {
    for (const auto& path : volumes)
        if (path.empty() || std::any_of(path.begin(), path.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
            throw_corrupt(concat("Volumes: ", quote(path), " is not a path"));
}

void check_ports(const std::vector<std::string>& ports) {
    for (const auto& port : ports)
        if (!is_port_text(port)) throw_corrupt(concat("ExposedPorts: ", quote(port), " is not PORT[/PROTOCOL]"));
}

std::chrono::nanoseconds duration_member(const Json& object, const char* key) {
    const auto value = int_or(object, key);
    if (value < 0) throw_corrupt(concat("Healthcheck: ", key, " is negative"));
    return std::chrono::nanoseconds{value};
}

std::optional<Healthcheck> healthcheck_of(const Json& section) {
    const Json* value = member(section, "Healthcheck");
    if (value == nullptr) return std::nullopt;
    if (!value->is_object()) throw_corrupt("Healthcheck is not an object");
    const auto retries = int_or(*value, "Retries");
    if (retries < 0 || retries > 1'000'000) throw_corrupt("Healthcheck: Retries out of range");
    return Healthcheck{list_member(*value, "Test"),          duration_member(*value, "Interval"),    duration_member(*value, "Timeout"),
                       duration_member(*value, "StartPeriod"), duration_member(*value, "StartInterval"), static_cast<int>(retries)};
}

void read_section(ImageConfig& config, const Json& section) {
    config.user = text_member(section, "User");
    config.env = list_member(section, "Env");
    config.cmd = list_member(section, "Cmd");
    config.entrypoint = list_member(section, "Entrypoint");
    config.working_dir = text_member(section, "WorkingDir");
    config.volumes = set_member(section, "Volumes");
    config.exposed_ports = set_member(section, "ExposedPorts");
    config.labels = map_member(section, "Labels");
    config.stop_signal = text_member(section, "StopSignal");
    config.healthcheck = healthcheck_of(section);
    config.shell = list_member(section, "Shell");
    config.on_build = list_member(section, "OnBuild");
    check_env(config.env);
    check_volumes(config.volumes);
    check_ports(config.exposed_ports);
}

Digest diff_id_of(const std::string& text) {
    const auto digest = Digest::try_parse(text);
    if (!digest) throw_corrupt(concat("rootfs: invalid diff ID ", quote(text)));
    if (!digest->is_sha256())
        throw Error{ErrorKind::Unsupported, concat("rootfs: diff ID ", quote(text), ": only sha256 is supported")};
    return *digest;
}

std::vector<Digest> diff_ids_of(const Json& document) {
    const Json* rootfs = member(document, "rootfs");
    if (rootfs == nullptr || !rootfs->is_object()) throw_corrupt("rootfs is missing");
    if (string_or(*rootfs, "type", "layers") != "layers") throw_corrupt(concat("rootfs: type ", quote(string_or(*rootfs, "type")), " is not \"layers\""));
    const auto texts = strings_or_empty(*rootfs, "diff_ids");
    if (texts.size() > kLayerCountLimit) throw_corrupt(concat("rootfs: more than ", kLayerCountLimit, " layers"));
    std::vector<Digest> diff_ids;
    for (const auto& text : texts) diff_ids.push_back(diff_id_of(text));
    return diff_ids;
}

std::vector<HistoryEntry> history_of(const Json& document) {
    std::vector<HistoryEntry> history;
    const Json* list = member(document, "history");
    if (list == nullptr) return history;
    if (!list->is_array() || list->size() > kHistoryLimit) throw_corrupt("history is not a list");
    for (const auto& entry : *list) {
        if (!entry.is_object()) throw_corrupt("history: not a list of objects");
        history.push_back({time_member(entry, "created"), text_member(entry, "created_by"), text_member(entry, "author"),
                           text_member(entry, "comment"), bool_or(entry, "empty_layer")});
    }
    return history;
}

OrderedJson set_json(const std::vector<std::string>& names) {
    OrderedJson json = OrderedJson::object();
    for (const auto& name : names) json[name] = OrderedJson::object();
    return json;
}

template <typename Value>
void put(OrderedJson& json, const char* key, const Value& value) {
    if (!value.empty()) json[key] = value;
}

OrderedJson healthcheck_json(const Healthcheck& check) {
    OrderedJson json;
    json["Test"] = check.test;
    const auto duration = [&](const char* key, std::chrono::nanoseconds value) {
        if (value.count() != 0) json[key] = value.count();
    };
    duration("Interval", check.interval);
    duration("Timeout", check.timeout);
    duration("StartPeriod", check.start_period);
    duration("StartInterval", check.start_interval);
    if (check.retries != 0) json["Retries"] = check.retries;
    return json;
}

OrderedJson section_json(const ImageConfig& config) {
    OrderedJson json = OrderedJson::object();
    put(json, "User", config.user);
    if (!config.exposed_ports.empty()) json["ExposedPorts"] = set_json(config.exposed_ports);
    put(json, "Env", config.env);
    put(json, "Entrypoint", config.entrypoint);
    put(json, "Cmd", config.cmd);
    if (!config.volumes.empty()) json["Volumes"] = set_json(config.volumes);
    put(json, "WorkingDir", config.working_dir);
    put(json, "Labels", config.labels);
    put(json, "StopSignal", config.stop_signal);
    if (config.healthcheck) json["Healthcheck"] = healthcheck_json(*config.healthcheck);
    put(json, "Shell", config.shell);
    put(json, "OnBuild", config.on_build);
    return json;
}

OrderedJson history_json(const HistoryEntry& entry) {
    OrderedJson json = OrderedJson::object();
    if (entry.created) json["created"] = rfc3339(*entry.created);
    put(json, "created_by", entry.created_by);
    put(json, "author", entry.author);
    put(json, "comment", entry.comment);
    if (entry.empty_layer) json["empty_layer"] = true;
    return json;
}

}  // namespace

bool is_port_text(std::string_view text) {
    const auto slash = text.find('/');
    const auto protocol = slash == std::string_view::npos ? "tcp" : text.substr(slash + 1);
    if (protocol != "tcp" && protocol != "udp" && protocol != "sctp") return false;
    const auto range = split(text.substr(0, slash), '-');
    if (range.size() > 2) return false;
    std::uint64_t previous = 0;
    for (const auto& port : range) {
        const auto number = parse_uint(port);
        if (!number || *number < std::max<std::uint64_t>(previous, 1) || *number > 65535) return false;
        previous = *number;
    }
    return true;
}

ImageConfig parse_config(std::string_view text, std::string_view name) {
    return in_context(name, [&] {
        if (text.size() > kConfigLimitBytes) throw_corrupt(concat("larger than ", kConfigLimitBytes, " bytes"));
        const Json document = parse_json(text, "the document");
        if (!document.is_object()) throw_corrupt("not a JSON object");
        ImageConfig config;
        config.created = time_member(document, "created");
        config.author = text_member(document, "author");
        config.comment = text_member(document, "comment");
        config.platform = {text_member(document, "os"), text_member(document, "architecture"), text_member(document, "variant")};
        config.docker_version = text_member(document, "docker_version");
        if (const Json* section = member(document, "config")) {
            if (!section->is_object()) throw_corrupt("config is not an object");
            read_section(config, *section);
        }
        config.diff_ids = diff_ids_of(document);
        config.history = history_of(document);
        return config;
    });
}

std::string write_config(const ImageConfig& config) {
    OrderedJson json;
    if (config.created) json["created"] = rfc3339(*config.created);
    put(json, "author", config.author);
    put(json, "comment", config.comment);
    json["architecture"] = config.platform.architecture;
    put(json, "variant", config.platform.variant);
    json["os"] = config.platform.os;
    json["config"] = section_json(config);
    json["rootfs"] = {{"type", "layers"}, {"diff_ids", OrderedJson::array()}};
    for (const auto& diff_id : config.diff_ids) json["rootfs"]["diff_ids"].push_back(diff_id.text());
    for (const auto& entry : config.history) json["history"].push_back(history_json(entry));
    return dump(json);
}

}  // namespace skiff::image
