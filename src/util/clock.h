#pragma once
/// Points in time: nanoseconds since the epoch (CLOCK_REALTIME) everywhere, RFC 3339 at the edges.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skiff {

using UnixNanos = std::int64_t;

UnixNanos now_nanos();
/// "2026-11-22T01:19:25.123456789Z", UTC; trailing zeros of the fraction dropped (Go's RFC3339Nano).
std::string rfc3339(UnixNanos when);
/// The same in the local time zone with its offset.
std::string rfc3339_local(UnixNanos when);
/// "2026-11-22 01:19:25.123456789 +0000 UTC": Go's time.Time.String(), as podman's listings show it.
std::string go_time(UnixNanos when);
/// RFC 3339 with Z or an offset, with or without fraction; also a bare date, a date and time without a
/// zone (local), and seconds[.fraction] since the epoch. nullopt when malformed.
std::optional<UnixNanos> parse_time(std::string_view text);
/// As parse_time, or a Go duration meaning that long before `now`.
std::optional<UnixNanos> parse_time_or_ago(std::string_view text, UnixNanos now);
/// The same, but a duration ("10m") means so long after `now`: where something ends (`logs --until`, `events --until`).
std::optional<UnixNanos> parse_time_or_ahead(std::string_view text, UnixNanos now);

}  // namespace skiff
