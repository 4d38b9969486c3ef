#pragma once
/// The first command of a new epoch: nothing that ran before runs now.

#include <filesystem>

#include "state/database.h"

namespace skiff::libpod {

namespace fs = std::filesystem;

/// True when schema, epoch and RUNROOT are those of this binary, this boot and this call: the usual case.
bool is_prepared(const state::Database& db, const fs::path& runroot);

/// Resets every container's state by the table's Reboot transitions, drops exec sessions, empties RUNROOT of what is
/// ours, and records epoch and RUNROOT. The caller holds the exclusive global lock. Throws Error{InUse} when another
/// RUNROOT is recorded and containers run there.
void begin_epoch(const state::Database& db, const fs::path& runroot);

}  // namespace skiff::libpod
