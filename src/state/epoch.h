#pragma once
/// An epoch is the life of one PID 1: after a reboot, or when a CI container starts again over a persistent
/// volume, nothing that ran before runs now, whatever the database says.

#include <string>

#include "state/database.h"

namespace skiff::state {

/// "<boot ID>/<inode of the PID namespace>/<start time of its PID 1>". SKIFF_TEST_EPOCH replaces it (a reboot, for tests).
std::string current_epoch();
/// What the database recorded; empty in a new one.
std::string recorded_epoch(const Database& db);
std::string meta_value(const Database& db, std::string_view key);
void set_meta(const Database& db, std::string_view key, std::string_view value);

}  // namespace skiff::state
