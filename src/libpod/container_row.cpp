#include "libpod/container_row.h"

#include <unistd.h>

#include <algorithm>
#include <tuple>

#include "util/error.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr std::string_view kSelect =
    "SELECT c.id, n.name, c.image_id, c.pod_id, c.config, c.created_at, s.state, s.pid, s.pid_start, s.monitor_pid, "
    "s.monitor_start, s.started_at, s.finished_at, s.exit_code, s.oom_killed, s.starts, s.restarts, s.stopped_by_user, "
    "s.removal_due, s.details FROM container c JOIN container_state s ON s.id = c.id "
    "LEFT JOIN name n ON n.container_id = c.id ";

ProcessIdentity process_at(const state::Statement& row, int column) {
    const auto pid = static_cast<pid_t>(row.integer(column));
    if (pid == 0) return {};
    return {boot_id(), pid, static_cast<std::uint64_t>(row.integer(column + 1))};
}

ContainerRow read_row(const state::Statement& row) {
    ContainerRow out;
    out.id = row.text(0);
    out.name = row.text(1);
    out.image_id = row.text_or_null(2);
    out.pod_id = row.text_or_null(3);
    out.config = row.text(4);
    out.created_at = row.integer(5);
    out.state.state = state_from_name(row.text(6));
    out.state.init = process_at(row, 7);
    out.state.monitor = process_at(row, 9);
    out.state.started_at = row.integer(11);
    out.state.finished_at = row.integer(12);
    out.state.exit_code = static_cast<int>(row.integer(13));
    out.state.oom_killed = row.integer(14) != 0;
    out.state.starts = static_cast<int>(row.integer(15));
    out.state.restarts = static_cast<int>(row.integer(16));
    out.state.stopped_by_user = row.integer(17) != 0;
    out.state.removal_due = row.integer(18) != 0;
    out.state.details = row.text(19);
    return out;
}

std::int64_t pid_or_zero(const ProcessIdentity& process) { return process.pid > 0 ? process.pid : 0; }

/// Escapes what LIKE would read as a pattern; IDs are hexadecimal, so anything else matches nothing.
std::vector<std::string> ids_with_prefix(const state::Database& db, std::string_view prefix) {
    std::vector<std::string> ids;
    if (!is_hex(prefix)) return ids;
    auto rows = db.prepare("SELECT id FROM container WHERE id >= ? AND id < ? LIMIT 2");
    rows.bind(prefix).bind(concat(prefix, "g"));
    while (rows.step()) ids.push_back(rows.text(0));
    return ids;
}

state::Statement insert_transition(const state::Database& db) {
    return db.prepare("INSERT INTO transition (container_id, at, from_state, to_state, cause, pid, command) VALUES (?,?,?,?,?,?,?)");
}

state::Statement& bind_transition(state::Statement& insert, std::string_view id, State from, State to, std::string_view cause) {
    return insert.bind(id).bind(now_nanos()).bind(state_name(from)).bind(state_name(to)).bind(cause).bind(::getpid()).bind(own_command_line());
}

constexpr const char* kDelete = "DELETE FROM container WHERE id = ?";  // with all that refers to it: the dearest statement to compile
constexpr const char* kForgetExits = "DELETE FROM exit_record WHERE at < ?";

void forget_old_exits(const state::Database& db) {
    constexpr UnixNanos kKeptFor = 300'000'000'000;
    db.prepare(kForgetExits).bind(now_nanos() - kKeptFor).run();
}

state::Statement insert_exit(const state::Database& db) {
    return db.prepare("INSERT OR REPLACE INTO exit_record (container_id, name, exit_code, at) VALUES (?,?,?,?)");
}

state::Statement& bind_exit(state::Statement& insert, std::string_view id, std::string_view name, int exit_code) {
    return insert.bind(id).bind(name).bind(exit_code).bind(now_nanos());
}

}  // namespace

ContainerReader::ContainerReader(const state::Database& db) : by_id_{db.prepare(concat(kSelect, "WHERE c.id = ?"))} {}

std::optional<ContainerRow> ContainerReader::read(std::string_view id) {
    by_id_.reset();
    by_id_.bind(id);
    if (!by_id_.step()) return std::nullopt;
    auto row = read_row(by_id_);
    by_id_.reset();  // an open query would keep its snapshot
    return row;
}

std::optional<ContainerRow> read_container(const state::Database& db, std::string_view id) {
    return ContainerReader{db}.read(id);
}

std::vector<ContainerRow> read_all_containers(const state::Database& db) {
    auto rows = db.prepare(kSelect);
    std::vector<ContainerRow> found;
    while (rows.step()) found.push_back(read_row(rows));
    // Here, not in SQL: a sorter there would copy every config.
    std::ranges::sort(found, {}, [](const ContainerRow& row) { return std::tie(row.created_at, row.id); });
    return found;
}

std::vector<std::string> resolve_container(const state::Database& db, std::string_view name_or_id) {
    auto exact = db.prepare("SELECT id FROM container WHERE id = ?1 UNION ALL SELECT container_id FROM name "
                            "WHERE name = ?1 AND container_id IS NOT NULL LIMIT 1");
    exact.bind(name_or_id);
    if (exact.step()) return {exact.text(0)};
    return ids_with_prefix(db, name_or_id);
}

void insert_container(const state::Database& db, const ContainerRow& row) {
    auto taken = db.prepare("SELECT coalesce(container_id, pod_id), container_id IS NULL FROM name WHERE name = ?");
    taken.bind(row.name);
    if (taken.step()) {
        throw Error{ErrorKind::Exists,
                    concat("the name ", quote(row.name), " is already in use by ",
                           taken.integer(1) != 0 ? "pod " : "container ", taken.text(0).substr(0, 12)),
                    "remove it, choose another name, or use --replace"};
    }
    db.prepare("INSERT INTO container (id, image_id, pod_id, config, created_at) VALUES (?,?,?,?,?)")
        .bind(row.id)
        .bind(row.image_id)
        .bind(row.pod_id)
        .bind(row.config)
        .bind(row.created_at)
        .run();
    db.prepare("INSERT INTO name (name, container_id) VALUES (?,?)").bind(row.name).bind(row.id).run();
    db.prepare("INSERT INTO container_state (id, state) VALUES (?,?)").bind(row.id).bind(state_name(row.state.state)).run();
    write_state(db, row.id, row.state);
}

void write_state(const state::Database& db, std::string_view id, const ContainerState& state) {
    db.prepare("UPDATE container_state SET state=?, pid=?, pid_start=?, monitor_pid=?, monitor_start=?, started_at=?, "
               "finished_at=?, exit_code=?, oom_killed=?, starts=?, restarts=?, stopped_by_user=?, removal_due=?, "
               "details=? WHERE id=?")
        .bind(state_name(state.state))
        .bind(pid_or_zero(state.init))
        .bind(state.init.start_ticks)
        .bind(pid_or_zero(state.monitor))
        .bind(state.monitor.start_ticks)
        .bind(state.started_at)
        .bind(state.finished_at)
        .bind(state.exit_code)
        .bind(state.oom_killed)
        .bind(state.starts)
        .bind(state.restarts)
        .bind(state.stopped_by_user)
        .bind(state.removal_due)
        .bind(state.details)
        .bind(id)
        .run();
}

void delete_container(const state::Database& db, std::string_view id) {
    db.prepare(kDelete).bind(id).run();
}

void mark_removing(const state::Database& db, std::span<const ContainerRow> rows, std::string_view cause) {
    auto update = db.prepare("UPDATE container_state SET state = ? WHERE id = ?");
    auto history = insert_transition(db);
    for (const auto& row : rows) {
        update.bind(state_name(State::Removing)).bind(row.id).run();
        bind_transition(history, row.id, row.state.state, State::Removing, cause).run();
    }
}

void compile_removal(const state::Database& db) {
    const state::Statement compiled[] = {db.prepare(kDelete), db.prepare(kForgetExits), insert_exit(db)};
}

void delete_containers(const state::Database& db, std::span<const ContainerRow> rows) {
    forget_old_exits(db);
    auto record = insert_exit(db);
    auto container = db.prepare(kDelete);
    for (const auto& row : rows) {
        bind_exit(record, row.id, row.name, row.state.exit_code).run();
        container.bind(row.id).run();
    }
}

void rename_container(const state::Database& db, std::string_view id, std::string_view new_name) {
    auto taken = db.prepare("SELECT coalesce(container_id, pod_id) FROM name WHERE name = ? AND container_id IS NOT ?");
    taken.bind(new_name).bind(id);
    if (taken.step()) {
        throw Error{ErrorKind::Exists, concat("the name ", quote(new_name), " is already in use by ",
                                              taken.text(0).substr(0, 12))};
    }
    db.prepare("UPDATE name SET name = ? WHERE container_id = ?").bind(new_name).bind(id).run();
}

void record_transition(const state::Database& db, std::string_view id, State from, State to, std::string_view cause) {
    auto insert = insert_transition(db);
    bind_transition(insert, id, from, to, cause).run();
    // A container that restarts (or is paused) for ever must not fill the disk with its history: every such circle comes by here.
    if ((from != State::Stopped && from != State::Paused) || to == State::Removing) return;
    constexpr int kKept = 1000;
    db.prepare("DELETE FROM transition WHERE container_id = ?1 AND seq < (SELECT seq FROM transition WHERE "
               "container_id = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)")
        .bind(id)
        .bind(kKept - 1)
        .run();
}

std::vector<TransitionRow> read_history(const state::Database& db, std::string_view id) {
    auto rows = db.prepare("SELECT at, from_state, to_state, cause, pid, command FROM transition WHERE container_id = ? "
                           "ORDER BY seq");
    rows.bind(id);
    std::vector<TransitionRow> found;
    while (rows.step()) {
        found.push_back({rows.integer(0), state_from_name(rows.text(1)), state_from_name(rows.text(2)), rows.text(3),
                         static_cast<pid_t>(rows.integer(4)), rows.text(5)});
    }
    return found;
}

void keep_exit_record(const state::Database& db, std::string_view id, std::string_view name, int exit_code) {
    forget_old_exits(db);
    auto insert = insert_exit(db);
    bind_exit(insert, id, name, exit_code).run();
}

std::optional<ExitRecord> find_exit_record(const state::Database& db, std::string_view name_or_id) {
    auto rows = db.prepare("SELECT container_id, exit_code FROM exit_record WHERE container_id = ?1 OR name = ?1 "
                           "ORDER BY at DESC LIMIT 1");
    rows.bind(name_or_id);
    if (!rows.step()) return std::nullopt;
    return ExitRecord{rows.text(0), static_cast<int>(rows.integer(1))};
}

void insert_exec(const state::Database& db, const ExecRow& row) {
    db.prepare("INSERT INTO exec_session (id, container_id, config, created_at, pid, pid_start, monitor_pid, monitor_start) VALUES (?,?,?,?,?,?,?,?)")
        .bind(row.id)
        .bind(row.container_id)
        .bind(row.config)
        .bind(row.created_at)
        .bind(pid_or_zero(row.process))
        .bind(row.process.start_ticks)
        .bind(pid_or_zero(row.monitor))
        .bind(row.monitor.start_ticks)
        .run();
}

void update_exec_processes(const state::Database& db, const ExecRow& row) {
    db.prepare("UPDATE exec_session SET pid=?, pid_start=?, monitor_pid=?, monitor_start=? WHERE id=?")
        .bind(pid_or_zero(row.process))
        .bind(row.process.start_ticks)
        .bind(pid_or_zero(row.monitor))
        .bind(row.monitor.start_ticks)
        .bind(row.id)
        .run();
}

namespace {
constexpr std::string_view kDeleteExec = "DELETE FROM exec_session WHERE id = ? RETURNING config";
}

void compile_exec_deletion(const state::Database& db) { const state::Statement compiled = db.prepare(kDeleteExec); }

std::optional<std::string> delete_exec(const state::Database& db, std::string_view session_id) {
    auto deletion = db.prepare(kDeleteExec);
    deletion.bind(session_id);
    return deletion.step() ? std::optional{deletion.text(0)} : std::nullopt;
}

std::vector<ExecRow> read_execs(const state::Database& db, std::string_view container_id) {
    auto rows = db.prepare("SELECT id, container_id, config, created_at, pid, pid_start, monitor_pid, monitor_start FROM "
                           "exec_session WHERE container_id = ? ORDER BY created_at");
    rows.bind(container_id);
    std::vector<ExecRow> found;
    while (rows.step()) {
        found.push_back({rows.text(0), rows.text(1), rows.text(2), process_at(rows, 4), process_at(rows, 6), rows.integer(3)});
    }
    return found;
}

}  // namespace skiff::libpod
