#pragma once
/// Events: what happened to containers, images, volumes and networks, as rows of a ring that holds the last 10,000.
///
/// A row is written in the transaction of the change that it reports, so there is no event without its change and none is
/// lost; it costs one insert and no further sync. Readers wait for new rows by inotify on the write-ahead log (events.h
/// of libpod), so nothing has to be told to them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "state/database.h"
#include "util/clock.h"

namespace skiff::state {

/// Rows that are kept, and for how long they are shown.
inline constexpr std::int64_t kKeptEvents = 10'000;
inline constexpr UnixNanos kKeptEventAge = 7LL * 24 * 3600 * 1'000'000'000;

struct EventRow {
    std::int64_t seq = 0;
    UnixNanos at = 0;
    std::string type;        ///< artifact, container, image, network, pod, secret, system, volume
    std::string action;      ///< podman's word: create, died, pull, …
    std::string actor_id;    ///< full ID; of a volume its name
    std::string name;
    std::string attributes;  ///< JSON object: image, labels, exit_code, container (of a network), driver, …
};

/// Records one event, within the caller's transaction if there is one. `attributes`: the text of a JSON object, members
/// as in EventRow. For containers see record_container_event() in libpod, which adds image and labels.
void record_event(const Database& db, std::string_view type, std::string_view action, std::string_view actor_id, std::string_view name,
                  std::string_view attributes = "{}");

/// Keeps the ring's bounds; what record_event() does by itself after every 64 rows.
void trim_events(const Database& db, std::int64_t newest_seq);

/// Events after `seq`, oldest first, that are not older than kKeptEventAge; at most `limit`.
std::vector<EventRow> read_events(const Database& db, std::int64_t after_seq, std::int64_t limit);
/// Those of them that this process recorded, `since` when it opened the database: another one may have had its number.
std::vector<EventRow> read_own_events(const Database& db, std::int64_t after_seq, UnixNanos since);
/// 0 when nothing ever happened.
std::int64_t newest_event(const Database& db);

}  // namespace skiff::state
