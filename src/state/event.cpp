#include "state/event.h"

#include <sqlite3.h>
#include <unistd.h>

namespace skiff::state {
namespace {

/// Looking at the ring's old end after every row would cost more than the row.
constexpr std::int64_t kTrimInterval = 64;

constexpr std::string_view kColumns = "SELECT seq, at, type, action, actor_id, name, attributes FROM event ";

std::vector<EventRow> collect(Statement rows) {
    std::vector<EventRow> found;
    while (rows.step()) {
        found.push_back({rows.integer(0), rows.integer(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5), rows.text(6)});
    }
    return found;
}

}  // namespace

void record_event(const Database& db, std::string_view type, std::string_view action, std::string_view actor_id, std::string_view name,
                  std::string_view attributes) {
    db.prepare("INSERT INTO event (at, type, action, actor_id, name, pid, attributes) VALUES (?,?,?,?,?,?,?)")
        .bind(now_nanos())
        .bind(type)
        .bind(action)
        .bind(actor_id)
        .bind(name)
        .bind(::getpid())
        .bind(attributes)
        .run();
    trim_events(db, sqlite3_last_insert_rowid(db.handle()));
}

void trim_events(const Database& db, std::int64_t newest_seq) {
    if (newest_seq % kTrimInterval != 0) return;
    db.prepare("DELETE FROM event WHERE seq <= ?").bind(newest_seq - kKeptEvents).run();
    // Rows are in the order of time: the oldest few say whether there is more to do. The newest stays, whatever its age.
    db.prepare("DELETE FROM event WHERE seq IN (SELECT seq FROM event ORDER BY seq LIMIT 512) AND at < ? AND seq < ?")
        .bind(now_nanos() - kKeptEventAge)
        .bind(newest_seq)
        .run();
}

std::vector<EventRow> read_events(const Database& db, std::int64_t after_seq, std::int64_t limit) {
    auto rows = db.prepare(std::string{kColumns} + "WHERE seq > ? AND at >= ? ORDER BY seq LIMIT ?");
    rows.bind(after_seq).bind(now_nanos() - kKeptEventAge).bind(limit);
    return collect(std::move(rows));
}

std::vector<EventRow> read_own_events(const Database& db, std::int64_t after_seq, UnixNanos since) {
    auto rows = db.prepare(std::string{kColumns} + "WHERE seq > ? AND pid = ? AND at >= ? ORDER BY seq");
    rows.bind(after_seq).bind(::getpid()).bind(since);
    return collect(std::move(rows));
}

std::int64_t newest_event(const Database& db) {
    auto row = db.prepare("SELECT coalesce(max(seq), 0) FROM event");
    row.step();
    return row.integer(0);
}

}  // namespace skiff::state
