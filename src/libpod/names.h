#pragma once
/// Names for containers that the user gave none.

#include <string>

#include "state/database.h"

namespace skiff::libpod {

/// "adjective_sailor", not in use at the moment; a number is appended when the plain ones are taken.
std::string generate_name(const state::Database& db);

}  // namespace skiff::libpod
