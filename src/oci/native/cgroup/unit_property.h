#pragma once
/// Properties of the systemd unit that annotations ask for: "org.systemd.property.TimeoutStopUSec": "uint64 10000000".
///
/// Source: runc's documentation, systemd-properties.md; values are GVariant text: https://docs.gtk.org/glib/gvariant-text-format.html.

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace skiff::oci::native::cgroup {

struct UnitProperty {
    using Value = std::variant<bool, std::int64_t, std::uint64_t, double, std::string>;
    std::string name;
    char type;                  ///< D-Bus type of each value: b y n q i u x t d s
    bool array;
    std::vector<Value> values;  ///< exactly one when not an array
};

/// Those of a container's annotations that are properties. A number of seconds ("…Sec") becomes microseconds ("…USec").
/// Throws ConfigInvalid for names and values that are none: bool, string, numbers with an optional type, arrays of one of these.
std::vector<UnitProperty> unit_properties(const std::map<std::string, std::string>& annotations);

}  // namespace skiff::oci::native::cgroup
