#pragma once
/// Intents: what makes the engine crash-only. A step that touches the world is first committed here, then
/// done, then its row is deleted in the transaction that records the result. A row whose owner is dead
/// tells the next command what to finish or undo.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "state/database.h"
#include "util/clock.h"
#include "util/process.h"

namespace skiff::state {

struct IntentRow {
    std::int64_t seq = 0;
    std::string object_kind;
    std::string object_id;
    std::string step;
    ProcessIdentity owner;
    std::string command;
    UnixNanos begun_at = 0;
    std::string data;  ///< JSON, what repair needs beyond the object's ID
};

/// Inserts the row (the caller may have a Transaction open) and gives back its number.
std::int64_t begin_intent(const Database& db, std::string_view object_kind, std::string_view object_id,
                          std::string_view step, std::string_view data = "{}");
/// The same for many objects, within the caller's Transaction.
void begin_intents(const Database& db, std::string_view object_kind, std::span<const std::string> object_ids,
                   std::string_view step, std::string_view data = "{}");
/// Deletes the row; inside the transaction that records the result.
void finish_intent(const Database& db, std::int64_t seq);
/// Deletes every row of these objects.
void finish_intents_of(const Database& db, std::string_view object_kind, std::span<const std::string> object_ids);

std::vector<IntentRow> intents_of(const Database& db, std::string_view object_kind, std::string_view object_id);
/// Every open intent; `dead_only` leaves out those whose owner lives.
std::vector<IntentRow> all_intents(const Database& db, bool dead_only);

}  // namespace skiff::state
