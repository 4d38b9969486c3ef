#include "state/intent.h"

#include <sqlite3.h>

#include "util/fault.h"
#include "util/text.h"

namespace skiff::state {
namespace {

constexpr std::string_view kSelect =
    "SELECT seq, object_kind, object_id, step, owner_boot, owner_pid, owner_start, command, begun_at, data FROM intent ";

IntentRow read_row(const Statement& row) {
    return {row.integer(0),
            row.text(1),
            row.text(2),
            row.text(3),
            {row.text(4), static_cast<pid_t>(row.integer(5)), static_cast<std::uint64_t>(row.integer(6))},
            row.text(7),
            row.integer(8),
            row.text(9)};
}

Statement insertion(const Database& db) {
    return db.prepare("INSERT INTO intent (object_kind, object_id, step, owner_boot, owner_pid, owner_start, command, begun_at, "
                      "data) VALUES (?,?,?,?,?,?,?,?,?)");
}

void insert(Statement& statement, const ProcessIdentity& owner, std::string_view object_kind, std::string_view object_id,
            std::string_view step, std::string_view data) {
    statement.bind(object_kind)
        .bind(object_id)
        .bind(step)
        .bind(owner.boot_id)
        .bind(owner.pid)
        .bind(owner.start_ticks)
        .bind(own_command_line())
        .bind(now_nanos())
        .bind(data)
        .run();
}

}  // namespace

std::int64_t begin_intent(const Database& db, std::string_view object_kind, std::string_view object_id,
                          std::string_view step, std::string_view data) {
    Statement statement = insertion(db);
    insert(statement, identity_of_self(), object_kind, object_id, step, data);
    return sqlite3_last_insert_rowid(db.handle());
}

void begin_intents(const Database& db, std::string_view object_kind, std::span<const std::string> object_ids,
                   std::string_view step, std::string_view data) {
    if (object_ids.empty()) return;
    const auto owner = identity_of_self();
    Statement statement = insertion(db);
    for (const auto& id : object_ids) insert(statement, owner, object_kind, id, step, data);
}

void finish_intent(const Database& db, std::int64_t seq) {
    db.prepare("DELETE FROM intent WHERE seq = ?").bind(seq).run();
}

void finish_intents_of(const Database& db, std::string_view object_kind, std::span<const std::string> object_ids) {
    Statement statement = db.prepare("DELETE FROM intent WHERE object_kind = ? AND object_id = ?");
    for (const auto& id : object_ids) statement.bind(object_kind).bind(id).run();
}

std::vector<IntentRow> intents_of(const Database& db, std::string_view object_kind, std::string_view object_id) {
    Statement rows = db.prepare(concat(kSelect, "WHERE object_kind = ? AND object_id = ? ORDER BY seq"));
    rows.bind(object_kind).bind(object_id);
    std::vector<IntentRow> found;
    while (rows.step()) found.push_back(read_row(rows));
    return found;
}

std::vector<IntentRow> all_intents(const Database& db, bool dead_only) {
    Statement rows = db.prepare(concat(kSelect, "ORDER BY seq"));
    std::vector<IntentRow> found;
    while (rows.step()) {
        IntentRow row = read_row(rows);
        if (!dead_only || !is_alive(row.owner)) found.push_back(std::move(row));
    }
    return found;
}

}  // namespace skiff::state
