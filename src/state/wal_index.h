#pragma once
/// Keeps SQLite's index of the write-ahead log from one command to the next.
///
/// SQLite throws the index (NAME-shm) away whenever a connection finds nobody else connected, and the connection then reads the whole log to
/// make it anew: some 0.4 ms, a sixth of a short command. That is for the sake of a host that went down, after which neither file can be
/// relied on. A process that was killed, however, leaves an index that SQLite itself goes on with when others are connected. So the index stays
/// while all of this holds, and is thrown away as ever otherwise:
///   - it was made during this boot, on this mount of its file system (both in the extended attribute trusted.skiff.index), and
///   - both copies of its header agree, the log's salts and its last frame are those that they name, and no frame was checkpointed.
///
/// Source: sqlite.org/walformat.html, "WAL-Index File Format"; sqlite3_vfs.xSetSystemCall; statx(2), STATX_MNT_ID_UNIQUE (Linux 6.8: before it the
/// index never stays).

namespace skiff::state {

/// For all connections of this process that are opened from now on. Again is fine.
void keep_wal_index() noexcept;

/// Whether the index behind `fd` stays. `fd`: NAME-shm, beside NAME-wal. Nobody is connected.
bool is_wal_index_current(int fd) noexcept;

}  // namespace skiff::state
