#pragma once
/// The SQLite state database: connection, statements, transactions.
///
/// WAL mode, synchronous=NORMAL, no checkpoint on close (a close would cost 3-8 ms of syncing). Readers
/// see a snapshot and never wait; writers use short IMMEDIATE transactions and never hold one across a
/// mount, a fork or a wait. Nothing but SQLite opens the database, its -wal or its -shm: closing any
/// descriptor of them would drop SQLite's fcntl locks.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace skiff::state {

namespace fs = std::filesystem;

class StatementCache;

/// A prepared statement. Move-only; parameters are bound in order from 1. Its end gives it back to the database, which
/// keeps it for the next use of the same text: compiling one costs 10 to 60 us.
class [[nodiscard]] Statement {
public:
    Statement(std::shared_ptr<StatementCache> cache, std::string_view sql);
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    Statement& bind(std::int64_t value);
    Statement& bind(int value) { return bind(static_cast<std::int64_t>(value)); }
    Statement& bind(std::uint64_t value) { return bind(static_cast<std::int64_t>(value)); }
    Statement& bind(bool value) { return bind(static_cast<std::int64_t>(value)); }
    Statement& bind(std::string_view value);
    Statement& bind(const char* value) { return bind(std::string_view{value}); }
    Statement& bind(const std::string& value) { return bind(std::string_view{value}); }
    Statement& bind(std::nullptr_t);
    template <typename Value>
    Statement& bind(const std::optional<Value>& value) {
        return value ? bind(*value) : bind(nullptr);
    }

    /// Advances to the next row; false after the last.
    bool step();
    /// Ready for other values, as run() leaves it: for a query that is asked for many objects.
    void reset();
    /// Runs to the end and gives back how many rows an INSERT, UPDATE or DELETE changed.
    int run();

    /// Columns of the current row, from 0.
    std::int64_t integer(int column) const;
    std::string text(int column) const;
    bool is_null(int column) const;
    std::optional<std::string> text_or_null(int column) const;

private:
    std::shared_ptr<StatementCache> cache_;
    sqlite3* db_;
    sqlite3_stmt* statement_ = nullptr;
    int bound_ = 0;
};

class Database {
public:
    enum class Access {
        ReadWrite,
        ReadOnly,   ///< opens without writing anything (completion, a reading command)
        Immutable,  ///< a root on a read-only file system: no locks, no -wal
    };

    /// Opens the file, creating an empty one for ReadWrite; see migrate() for its tables. Throws
    /// Error{Unsupported} for a newer schema, naming both versions,
    /// and Error{Corrupt} for a damaged file.
    Database(const fs::path& file, Access access);
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    Statement prepare(std::string_view sql) const;
    /// One or more statements without parameters or rows.
    void execute(const char* sql) const;
    int schema_version() const;
    bool read_only() const noexcept { return access_ != Access::ReadWrite; }
    /// Makes every commit so far durable (checkpoint with fsync): before files are deleted that a lost commit
    /// would still refer to. Once a batch.
    void sync() const;
    /// Checkpoints when the WAL has grown past 1 MB and nobody else does.
    void checkpoint_if_large() const;

    sqlite3* handle() const noexcept { return db_; }
    const fs::path& file() const noexcept { return file_; }

private:
    void close() noexcept;

    sqlite3* db_ = nullptr;
    std::shared_ptr<StatementCache> cache_;
    fs::path file_;
    Access access_;
};

/// BEGIN IMMEDIATE … COMMIT; rolls back when destroyed uncommitted.
class [[nodiscard]] Transaction {
public:
    explicit Transaction(const Database& db);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    void commit();

private:
    const Database& db_;
    bool open_ = true;
};

/// BEGIN DEFERRED: several reads of one snapshot. Within a transaction, that one's.
class [[nodiscard]] Snapshot {
public:
    explicit Snapshot(const Database& db);
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    ~Snapshot();

private:
    const Database& db_;
    bool own_;
};

/// The schema version that this binary writes.
int newest_schema_version();
/// Brings the database to newest_schema_version(), one transaction a step, after a backup of an older one
/// beside it. The caller holds the exclusive global lock.
void migrate(Database& db);

}  // namespace skiff::state
