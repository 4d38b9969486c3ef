#include "libpod/container_events.h"

#include <sqlite3.h>
#include <unistd.h>

#include "state/event.h"

namespace skiff::libpod {

void record_container_event(const state::Database& db, std::string_view id, std::string_view action, std::string_view details) {
    // SQLite reads the two members where the config lies: parsing it here would cost ten times as much.
    db.prepare("INSERT INTO event (at, type, action, actor_id, name, pid, attributes) "
               "SELECT ?2, 'container', ?3, c.id, coalesce(n.name, ''), ?4, json_patch(json_object("
               "'image', json_extract(c.config, '$.image_name'), 'labels', json_extract(c.config, '$.labels')), ?5) "
               "FROM container c LEFT JOIN name n ON n.container_id = c.id WHERE c.id = ?1")
        .bind(id)
        .bind(now_nanos())
        .bind(action)
        .bind(::getpid())
        .bind(details)
        .run();
    state::trim_events(db, sqlite3_last_insert_rowid(db.handle()));
}

std::string_view action_of(State from, State to) {
    if (from == to) return {};
    switch (to) {
        case State::Created: return "init";
        case State::Running: return from == State::Paused ? "unpause" : "start";
        case State::Paused: return "pause";
        case State::Stopped: return from == State::Configured ? std::string_view{} : "died";
        case State::Configured:
        case State::Stopping:
        case State::Removing:
        case State::Unknown: return {};
    }
    return {};
}

}  // namespace skiff::libpod
