#pragma once
/// Points in time in templates: what is RFC 3339 in a document is a time.Time in podman's Go types, which prints itself in another way and
/// has methods. Source: Go package time, Time.String, Time.Format.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "util/json.h"

namespace skiff::cli::tmpl {

/// Whether `text`, the member `key` of a document, is such a point in time.
bool is_time(std::string_view key, std::string_view text);

/// "2026-11-22 01:19:25.123456789 +0000 UTC", in the local time zone.
std::string go_time_text(std::string_view rfc3339);

/// Unix, UnixMilli, UnixNano, Year, Month, Day, Hour, Minute, Second, IsZero, String, Format "LAYOUT", Local and UTC (the text). nullopt
/// for another name. Throws Error{Invalid} for wrong arguments.
std::optional<OrderedJson> time_method(std::string_view rfc3339, std::string_view name, std::span<const OrderedJson> arguments);

}  // namespace skiff::cli::tmpl
