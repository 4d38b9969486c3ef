#include "state/statement_cache.h"

#include <sqlite3.h>

#include <new>

namespace skiff::state {

sqlite3_stmt* StatementCache::take(std::string_view sql) noexcept {
    const auto found = idle_.find(sql);
    if (found == idle_.end()) return nullptr;
    sqlite3_stmt* statement = found->second;
    idle_.erase(found);
    return statement;
}

void StatementCache::give_back(sqlite3_stmt* statement) noexcept {
    // Reset: one that stopped midway would hold its snapshot open.
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    try {
        if (!closed_ && idle_.emplace(sqlite3_sql(statement), statement).second) return;
    } catch (const std::bad_alloc&) {
        // Then it is compiled again next time.
    }
    sqlite3_finalize(statement);
}

void StatementCache::close() noexcept {
    closed_ = true;
    for (const auto& [sql, statement] : idle_) sqlite3_finalize(statement);
    idle_.clear();
}

}  // namespace skiff::state
