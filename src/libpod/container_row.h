#pragma once
/// Rows of the tables `container` and `container_state`: reading and writing them, and nothing else.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libpod/state.h"
#include "state/database.h"
#include "util/clock.h"
#include "util/process.h"

namespace skiff::libpod {

/// The changeable side of a container.
struct ContainerState {
    State state = State::Configured;
    ProcessIdentity init;     ///< pid -1 when none; always of this boot
    ProcessIdentity monitor;
    UnixNanos started_at = 0;   ///< 0: never
    UnixNanos finished_at = 0;
    int exit_code = 0;
    bool oom_killed = false;
    int starts = 0;    ///< how often init ran
    int restarts = 0;  ///< by policy, since a user last started it
    bool stopped_by_user = false;
    bool removal_due = false;
    std::string details = "{}";  ///< JSON object: error, oci_runtime, …
};

/// One container as listings need it: both rows and the name, `config` still as text.
struct ContainerRow {
    std::string id;
    std::string name;
    std::optional<std::string> image_id;
    std::optional<std::string> pod_id;
    std::string config;
    UnixNanos created_at = 0;
    ContainerState state;
};

std::optional<ContainerRow> read_container(const state::Database& db, std::string_view id);
/// read_container() for many, with one statement.
class ContainerReader {
public:
    explicit ContainerReader(const state::Database& db);
    std::optional<ContainerRow> read(std::string_view id);

private:
    state::Statement by_id_;
};
std::vector<ContainerRow> read_all_containers(const state::Database& db);
/// IDs that `name_or_id` may mean: by full ID or name at most one, else by prefix.
std::vector<std::string> resolve_container(const state::Database& db, std::string_view name_or_id);

/// Inserts both rows and the name. Throws Error{Exists} naming the holder when the name is taken.
void insert_container(const state::Database& db, const ContainerRow& row);
void write_state(const state::Database& db, std::string_view id, const ContainerState& state);
void delete_container(const state::Database& db, std::string_view id);
/// Compiles what a removal's transaction will run (0.07 ms at least), for a caller that waits for the container's end anyway.
void compile_removal(const state::Database& db);
/// The same for delete_exec().
void compile_exec_deletion(const state::Database& db);
/// For many at once, in the caller's Transaction: state Removing with its transition, then exit records and no rows.
void mark_removing(const state::Database& db, std::span<const ContainerRow> rows, std::string_view cause);
void delete_containers(const state::Database& db, std::span<const ContainerRow> rows);
void rename_container(const state::Database& db, std::string_view id, std::string_view new_name);

/// One line of `container history`.
struct TransitionRow {
    UnixNanos at = 0;
    State from = State::Configured;
    State to = State::Configured;
    std::string cause;
    pid_t pid = 0;
    std::string command;
};
void record_transition(const state::Database& db, std::string_view id, State from, State to, std::string_view cause);
std::vector<TransitionRow> read_history(const state::Database& db, std::string_view id);

/// Exit codes of removed containers, kept for five minutes.
struct ExitRecord {
    std::string container_id;
    int exit_code = 0;
};
void keep_exit_record(const state::Database& db, std::string_view id, std::string_view name, int exit_code);
std::optional<ExitRecord> find_exit_record(const state::Database& db, std::string_view name_or_id);

/// Exec sessions.
struct ExecRow {
    std::string id;
    std::string container_id;
    std::string config;
    ProcessIdentity process;
    ProcessIdentity monitor;
    UnixNanos created_at = 0;
};
void insert_exec(const state::Database& db, const ExecRow& row);
void update_exec_processes(const state::Database& db, const ExecRow& row);
/// Its configuration; nullopt when somebody else deleted it.
std::optional<std::string> delete_exec(const state::Database& db, std::string_view session_id);
std::vector<ExecRow> read_execs(const state::Database& db, std::string_view container_id);

}  // namespace skiff::libpod
