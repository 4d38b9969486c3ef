#pragma once
/// SQLite's heap, apart from the process's own.
///
/// A command forks while its database is open, and each page that both then have is copied by whoever writes it first: two
/// hundred page faults a run, for memory that the child never looks at. Here SQLite's blocks lie in mappings of their own,
/// which a fork can leave out. It also serves a short command's thousands of small requests faster than malloc(3) does.
///
/// Threads: any. Under AddressSanitizer the process's heap is used, so that it sees SQLite's blocks.
/// Source: sqlite3.h, SQLITE_CONFIG_MALLOC and sqlite3_mem_methods; madvise(2).

#include <cstddef>

namespace skiff::state {

/// False under AddressSanitizer.
bool has_sqlite_memory() noexcept;

/// Has SQLite use this heap, where there is one. Before anything else of SQLite; again is fine.
void use_sqlite_memory();

/// While it lives, a child that is forked has none of SQLite's memory: it must not touch a database, nor open one.
class [[nodiscard]] ForkWithoutDatabase {
public:
    ForkWithoutDatabase() noexcept;
    ForkWithoutDatabase(const ForkWithoutDatabase&) = delete;
    ForkWithoutDatabase& operator=(const ForkWithoutDatabase&) = delete;
    ~ForkWithoutDatabase();
};

}  // namespace skiff::state
