#pragma once
/// Events of containers: the row carries the image's name and the labels, as they are now.

#include <string_view>

#include "libpod/state.h"
#include "state/database.h"

namespace skiff::libpod {

/// Within the caller's transaction, while the container's rows are there. `details`: the text of a JSON object with further
/// attributes ("exit_code", "network", …).
void record_container_event(const state::Database& db, std::string_view id, std::string_view action, std::string_view details = "{}");

/// The event that a change of state is, if it is one: Created → Running is "start".
std::string_view action_of(State from, State to);

}  // namespace skiff::libpod
