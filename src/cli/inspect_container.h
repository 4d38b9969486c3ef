#pragma once
/// `inspect` of a container: podman's keys and types, in podman's order; what is not set has the same empty value.
/// Source: the documents that podman prints.

#include "util/json.h"

namespace skiff::libpod {
class Container;
struct ContainerConfig;
}  // namespace skiff::libpod

namespace skiff::cli {

/// `with_size`: SizeRw and SizeRootFs too.
OrderedJson inspect_container(libpod::Container& container, bool with_size);

/// The objects "Config" and "HostConfig".
/// `spec`: of the last init; null when there was none.
OrderedJson inspect_config(const libpod::ContainerConfig& config, const Json& spec);
OrderedJson inspect_host_config(const libpod::ContainerConfig& config, const std::string& log_path);

/// An object that is going to have that many members: growing one copies every key that is there.
inline OrderedJson object_of(std::size_t members) {
    OrderedJson object = OrderedJson::object();
    object.get_ref<OrderedJson::object_t&>().reserve(members);
    return object;
}

}  // namespace skiff::cli
