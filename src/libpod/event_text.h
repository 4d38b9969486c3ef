#pragma once
/// Events as podman shows them: as JSON, as a row for templates, and as a line. Source: podman-events(1).

#include <string>

#include "state/event.h"
#include "util/json.h"

namespace skiff::libpod {

/// An event's row taken apart.
struct Event {
    state::EventRow row;
    Json attributes;  ///< row.attributes
    Json labels;      ///< an object: what podman calls Attributes

    std::string image() const;
    std::string health_status() const;
    /// nullopt but for died and exec_died.
    std::optional<std::int64_t> exit_code() const;
};
Event parse_event(state::EventRow row);

/// `--format json`: one line, members that say nothing left out.
OrderedJson event_json(const Event& event);
/// For templates: every placeholder.
OrderedJson event_fields(const Event& event);
/// "TIME TYPE ACTION ID (image=…, name=…, …)", without newline. `in_full`: whole IDs.
std::string event_line(const Event& event, bool in_full);

}  // namespace skiff::libpod
