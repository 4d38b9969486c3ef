#include "state/database.h"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "state/file_lock.h"
#include "state/sqlite_memory.h"
#include "state/statement_cache.h"
#include "state/wal_index.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/text.h"

namespace skiff::state {
namespace {

constexpr std::chrono::seconds kBusyTimeout{30};
// Rows are small and a transaction touches a page of each table and index: with pages of 4 KB a run writes 210 KB to the WAL, with
// these 68. Only a database that is made new has them.
constexpr const char* kSmallPages = "PRAGMA page_size=1024";
// The first connection after a pause reads the whole WAL, and a checkpoint syncs (some 6 ms): with pages of 4 KB both cost a run the
// same about here.
constexpr std::uintmax_t kCheckpointBytes = 1024 * 1024;
// Pages that were checkpointed are read from the mapping: a listing saves a system call for each.
constexpr const char* kMapReads = "PRAGMA mmap_size=67108864";

/// Transactions take some 0.1 ms, and SQLite's own handler would sleep for 1, 2, 5, 10 … ms: eight commands at once would
/// mostly sleep. `attempt` counts from 0.
int wait_for_writer(void*, int attempt) {
    constexpr std::chrono::microseconds kFirst{50};
    constexpr std::chrono::microseconds kLongest{2000};
    constexpr int kDoublings = 6;
    if (attempt * kLongest > kBusyTimeout) return 0;
    std::this_thread::sleep_for(std::min(kFirst * (1 << std::min(attempt, kDoublings)), kLongest));
    return 1;
}

/// Nobody asks for the counts that SQLite would keep under a mutex at each allocation. Before anything else of SQLite.
void configure_once() {
    use_sqlite_memory();
    [[maybe_unused]] static const int done = [] {
        const int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        keep_wal_index();
        return code;
    }();
}

[[noreturn]] void throw_sqlite(sqlite3* db, std::string_view doing) {
    const int code = sqlite3_extended_errcode(db);
    const std::string text = concat(doing, ": ", sqlite3_errmsg(db));
    switch (code & 0xff) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            throw Error{ErrorKind::Corrupt, concat("the state database is damaged: ", text),
                        "run 'skiff system check --repair'"};
        case SQLITE_FULL:
            throw SystemError{ENOSPC, doing, "free some space: skiff system df"};
        case SQLITE_BUSY:
            throw Error{ErrorKind::Timeout, text};
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_CANTOPEN: {
            const int system_code = sqlite3_system_errno(db);
            throw SystemError{system_code != 0 ? system_code : EROFS, doing};
        }
        case SQLITE_IOERR: {
            const int system_code = sqlite3_system_errno(db);
            throw SystemError{system_code != 0 ? system_code : EIO, text};
        }
        case SQLITE_CONSTRAINT:
            throw Error{code == SQLITE_CONSTRAINT_FOREIGNKEY ? ErrorKind::InUse : ErrorKind::Exists, text};
        default:
            throw Error{ErrorKind::System, text};
    }
}

}  // namespace

Statement::Statement(std::shared_ptr<StatementCache> cache, std::string_view sql)
    : cache_{std::move(cache)}, db_{cache_->database()}, statement_{cache_->take(sql)} {
    if (statement_ != nullptr) return;
    if (sqlite3_prepare_v2(db_, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr) != SQLITE_OK) {
        throw_sqlite(db_, "preparing a statement");
    }
}

Statement::Statement(Statement&& other) noexcept
    : cache_{std::move(other.cache_)}, db_{other.db_}, statement_{std::exchange(other.statement_, nullptr)}, bound_{other.bound_} {}

Statement::~Statement() {
    if (statement_ != nullptr) cache_->give_back(statement_);
}

Statement& Statement::bind(std::int64_t value) {
    if (sqlite3_bind_int64(statement_, ++bound_, value) != SQLITE_OK) throw_sqlite(db_, "binding a number");
    return *this;
}

Statement& Statement::bind(std::string_view value) {
    const char* data = value.data() != nullptr ? value.data() : "";
    if (sqlite3_bind_text64(statement_, ++bound_, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8) != SQLITE_OK) {
        throw_sqlite(db_, "binding a text");
    }
    return *this;
}

Statement& Statement::bind(std::nullptr_t) {
    if (sqlite3_bind_null(statement_, ++bound_) != SQLITE_OK) throw_sqlite(db_, "binding null");
    return *this;
}

bool Statement::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    throw_sqlite(db_, "using the state database");
}

int Statement::run() {
    fault_point("sql");
    while (step()) {
    }
    const int changed = sqlite3_changes(db_);
    reset();
    return changed;
}

void Statement::reset() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    bound_ = 0;
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Statement::text(int column) const {
    const auto* data = sqlite3_column_text(statement_, column);
    if (data == nullptr) return {};
    return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::optional<std::string> Statement::text_or_null(int column) const {
    return is_null(column) ? std::nullopt : std::optional{text(column)};
}

namespace {

bool has_wal(const fs::path& file) {
    std::error_code error;
    const auto size = fs::file_size(fs::path{file.native() + "-wal"}, error);
    return !error && size > 0;
}

/// SQLite's own URI needs these escaped in a path.
std::string uri_of(const fs::path& file, Database::Access access) {
    std::string uri{"file:"};
    for (const char c : file.native()) {
        if (c == '?') uri += "%3f";
        else if (c == '#') uri += "%23";
        else if (c == '%') uri += "%25";
        else uri += c;
    }
    // An immutable database is read without its -wal: only right when nothing is in there. With one, SQLite (3.22) reads
    // both without writing anything.
    if (access == Database::Access::Immutable && !has_wal(file)) uri += "?immutable=1";
    return uri;
}

/// SQLite makes the file at the first write.
bool is_new(const fs::path& file) {
    std::error_code error;
    return fs::file_size(file, error) == 0 || error;
}

}  // namespace

Database::Database(const fs::path& file, Access access) : file_{file}, access_{access} {
    configure_once();
    const int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
                      (access == Access::ReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    if (sqlite3_open_v2(uri_of(file, access).c_str(), &db_, flags, nullptr) != SQLITE_OK) {
        const int code = sqlite3_system_errno(db_);
        sqlite3_close(std::exchange(db_, nullptr));
        throw SystemError{code != 0 ? code : EIO, concat("opening the state database ", quote(file.native()))};
    }
    cache_ = std::make_shared<StatementCache>(db_);
    try {
        sqlite3_busy_handler(db_, wait_for_writer, nullptr);
        sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
        int keep = 1;
        sqlite3_file_control(db_, nullptr, SQLITE_FCNTL_PERSIST_WAL, &keep);
        if (access == Access::ReadWrite) {
            sqlite3_wal_autocheckpoint(db_, 0);
            sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
            if (is_new(file)) execute(kSmallPages);
            execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-512");
        }
        execute(kMapReads);
        const int version = schema_version();
        if (version > newest_schema_version()) {
            throw Error{ErrorKind::Unsupported,
                        concat("the state database ", quote(file.native()), " has schema ", version,
                               ", this skiff knows schemas up to ", newest_schema_version()),
                        "use the newer skiff that wrote it"};
        }
    } catch (...) {
        close();
        throw;
    }
}

Database::Database(Database&& other) noexcept
    : db_{std::exchange(other.db_, nullptr)}, cache_{std::move(other.cache_)}, file_{std::move(other.file_)}, access_{other.access_} {}

Database& Database::operator=(Database&& other) noexcept {
    std::swap(db_, other.db_);
    std::swap(cache_, other.cache_);
    std::swap(file_, other.file_);
    std::swap(access_, other.access_);
    return *this;
}

Database::~Database() { close(); }

void Database::close() noexcept {
    if (cache_) cache_->close();
    sqlite3_close_v2(std::exchange(db_, nullptr));
}

Statement Database::prepare(std::string_view sql) const {
    fault_point("sql:prepare");
    return Statement{cache_, sql};
}

void Database::execute(const char* sql) const {
    fault_point("sql:execute");
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) throw_sqlite(db_, "using the state database");
}

int Database::schema_version() const {
    Statement query = prepare("PRAGMA user_version");
    query.step();
    return static_cast<int>(query.integer(0));
}

void Database::sync() const {
    // SQLite before 3.51.3 can lose data when two checkpoints overlap a commit, hence the lock of their own.
    const auto lock = FileLock::exclusive_blocking(fs::path{file_.native() + ".checkpoint"});
    execute("PRAGMA synchronous=FULL");
    const int code = sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    execute("PRAGMA synchronous=NORMAL");
    if (code != SQLITE_OK && code != SQLITE_BUSY) throw_sqlite(db_, "syncing the state database");
}

void Database::checkpoint_if_large() const {
    if (read_only()) return;
    std::error_code ignored;
    const auto wal_bytes = fs::file_size(fs::path{file_.native() + "-wal"}, ignored);
    if (ignored || wal_bytes < kCheckpointBytes) return;
    const auto lock = FileLock::try_exclusive(fs::path{file_.native() + ".checkpoint"});
    if (!lock) return;
    sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

Transaction::Transaction(const Database& db) : db_{db} { db_.prepare("BEGIN IMMEDIATE").run(); }

Transaction::~Transaction() {
    if (open_) sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
    db_.prepare("COMMIT").run();
    open_ = false;
}

Snapshot::Snapshot(const Database& db) : db_{db}, own_{sqlite3_get_autocommit(db.handle()) != 0} {
    if (own_) db_.prepare("BEGIN DEFERRED").run();
}

Snapshot::~Snapshot() {
    if (own_) sqlite3_exec(db_.handle(), "COMMIT", nullptr, nullptr, nullptr);
}

}  // namespace skiff::state
