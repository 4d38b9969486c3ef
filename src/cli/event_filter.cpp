#include "cli/event_filter.h"

#include <algorithm>
#include <array>

#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

constexpr std::string_view kEventKeys = "artifact, container, event, image, label, network, pod, secret, type or volume";
constexpr std::array<std::string_view, 10> kWords{"artifact", "container", "event", "image", "label", "network", "pod", "secret", "type", "volume"};

/// The object is of this type, and has this name or an ID that begins so.
bool is_object(const libpod::Event& event, std::string_view type, const std::string& value) {
    return event.row.type == type && (event.row.name == value || event.row.actor_id.starts_with(value));
}

bool has_label(const libpod::Event& event, const std::string& value) {
    const auto parts = split_once(value, '=');
    const Json* label = member(event.labels, (parts ? parts->first : value).c_str());
    return label != nullptr && (!parts || (label->is_string() && label->get_ref<const std::string&>() == parts->second));
}

/// podman's own word is "died"; docker's is taken, too.
std::string event_word(const std::string& value) { return value == "die" ? "died" : value; }

/// Images of containers' events count: "image=alpine" is what happened to the image and with it.
bool concerns_image(const libpod::Event& event, const std::string& value) {
    return is_object(event, "image", value) || (event.row.type == "container" && event.image() == value);
}

bool matches_key(const libpod::Event& event, const std::string& key, const std::string& value) {
    if (key == "event") return event.row.action == value;
    if (key == "type") return event.row.type == value;
    if (key == "label") return has_label(event, value);
    if (key == "image") return concerns_image(event, value);
    return is_object(event, key, value);
}

}  // namespace

EventFilter::EventFilter(const std::vector<std::string>& filters) {
    for (const auto& filter : filters) {
        const auto parts = split_once(filter, '=');
        if (!parts || parts->second.empty()) throw Error{ErrorKind::Invalid, concat("--filter ", quote(filter), ": not a filter"), "key=value"};
        const auto key = lower(parts->first);
        if (std::find(kWords.begin(), kWords.end(), key) == kWords.end()) {
            throw Error{ErrorKind::Invalid, concat("--filter: there is no ", quote(parts->first)), std::string{kEventKeys}};
        }
        const auto value = key == "event" ? event_word(parts->second) : parts->second;
        tests_[key].push_back([key, value](const libpod::Event& event) { return matches_key(event, key, value); });
    }
}

bool EventFilter::matches(const libpod::Event& event) const {
    return std::all_of(tests_.begin(), tests_.end(), [&](const auto& key) {
        return std::any_of(key.second.begin(), key.second.end(), [&](const Test& test) { return test(event); });
    });
}

}  // namespace skiff::cli
