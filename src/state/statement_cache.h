#pragma once
/// Compiled statements of one connection that nobody uses at the moment.

#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace skiff::state {

class StatementCache {
public:
    explicit StatementCache(sqlite3* db) : db_{db} {}
    StatementCache(const StatementCache&) = delete;
    StatementCache& operator=(const StatementCache&) = delete;
    ~StatementCache() { close(); }

    sqlite3* database() const noexcept { return db_; }
    /// The idle statement of this text, now the caller's; nullptr when there is none.
    sqlite3_stmt* take(std::string_view sql) noexcept;
    /// Ends the statement's use. Kept unless there is one of the same text, or the connection is closed.
    void give_back(sqlite3_stmt* statement) noexcept;
    /// Frees what is idle; what comes back later is freed then.
    void close() noexcept;

private:
    sqlite3* db_;
    bool closed_ = false;
    /// By sqlite3_sql(), which lives as long as the statement.
    std::unordered_map<std::string_view, sqlite3_stmt*> idle_;
};

}  // namespace skiff::state
