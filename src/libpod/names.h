#pragma once
/// Names for containers that the user gave none.

#include <string>

#include "state/database.h"

namespace skiff::libpod {

/// At the moment.
bool is_free_name(const state::Database& db, const std::string& name);

/// "adjective_sailor", not in use at the moment; a number is appended when the plain ones are taken.
std::string generate_name(const state::Database& db);

}  // namespace skiff::libpod
