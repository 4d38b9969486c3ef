#include "libpod/event_text.h"

#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

/// What stands behind the ID of a container, label by label and in order.
std::string container_details(const Event& event) {
    std::string text = concat("image=", event.image(), ", name=", event.row.name);
    if (const auto status = event.health_status(); !status.empty()) text += concat(", health_status=", status);
    if (const auto code = event.exit_code()) text += concat(", containerExitCode=", *code);
    for (const auto& [key, value] : event.labels.items()) text += concat(", ", key, "=", value.is_string() ? value.get<std::string>() : dump(value));
    return text;
}

}  // namespace

std::string Event::image() const { return row.type == "image" ? row.name : string_or(attributes, "image"); }
std::string Event::health_status() const { return string_or(attributes, "health_status"); }

std::optional<std::int64_t> Event::exit_code() const {
    const Json* code = member(attributes, "exit_code");
    return code != nullptr && code->is_number_integer() ? std::optional{code->get<std::int64_t>()} : std::nullopt;
}

Event parse_event(state::EventRow row) {
    Event event;
    event.attributes = parse_json(row.attributes, "an event's attributes");
    const Json* labels = member(event.attributes, "labels");
    event.labels = labels != nullptr && labels->is_object() ? *labels : Json::object();
    event.row = std::move(row);
    return event;
}

OrderedJson event_fields(const Event& event) {
    OrderedJson row;
    const auto code = event.exit_code();
    row["ContainerExitCode"] = code ? OrderedJson(*code) : OrderedJson(nullptr);
    row["ContainerInspectData"] = "";
    const Json* oom_killed = member(event.attributes, "oom_killed");
    row["OOMKilled"] = oom_killed != nullptr ? OrderedJson(true) : OrderedJson(nullptr);
    row["ID"] = event.row.actor_id;
    row["Image"] = event.row.type == "container" ? event.image() : "";
    row["Name"] = event.row.name;
    row["Network"] = string_or(event.attributes, "network");
    row["Status"] = event.row.action;
    row["Time"] = event.row.at / kNanosPerSecond;
    row["TimeNano"] = event.row.at;
    row["Type"] = event.row.type;
    row["HealthStatus"] = event.health_status();
    row["HealthLog"] = string_or(event.attributes, "health_log");
    row["HealthFailingStreak"] = int_or(event.attributes, "health_failing_streak");
    row["Error"] = string_or(event.attributes, "error");
    row["PodID"] = string_or(event.attributes, "pod_id");
    row["Attributes"] = OrderedJson::object();
    for (const auto& [key, value] : event.labels.items()) row["Attributes"][key] = value.is_string() ? value.get<std::string>() : dump(value);
    return row;
}

OrderedJson event_json(const Event& event) {
    struct Renamed {
        const char* field;
        const char* key;
    };
    static constexpr Renamed kRenamed[] = {{"Network", "network"}, {"Time", "time"}, {"TimeNano", "timeNano"}, {"HealthStatus", "health_status"}};
    OrderedJson json = OrderedJson::object();
    const OrderedJson fields = event_fields(event);
    for (const auto& [field, value] : fields.items()) {
        const bool empty = value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty()) ||
                           (value.is_object() && value.empty()) || (field == "HealthFailingStreak" && value == 0);
        if (empty) continue;
        std::string key = field;
        for (const auto& renamed : kRenamed) {
            if (field == renamed.field) key = renamed.key;
        }
        json[key] = value;
    }
    return json;
}

namespace {

std::string raw_line(const Event& event, bool in_full) {
    const auto& row = event.row;
    const std::string id = in_full ? row.actor_id : row.actor_id.substr(0, 12);
    const std::string head = concat(go_time(row.at), " ", row.type, " ", row.action);
    if (row.type == "container" || row.type == "pod") return concat(head, " ", id, " (", container_details(event), ")");
    if (row.type == "network") {
        const std::string container = string_or(event.attributes, "container");
        return concat(head, " ", id, " (container=", in_full ? container : container.substr(0, 12), ", name=", row.name, ")");
    }
    if (row.type == "image" || row.type == "artifact") return concat(head, " ", id, " ", row.name);
    return row.name.empty() ? head : concat(head, " ", row.name);
}

}  // namespace

/// A label may hold anything: nothing of it reaches a terminal as a command.
std::string event_line(const Event& event, bool in_full) {
    std::string line = raw_line(event, in_full);
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return line;
}

}  // namespace skiff::libpod
