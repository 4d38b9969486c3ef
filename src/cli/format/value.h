#pragma once
/// What a Go template sees: JSON values, told apart where Go tells structs from maps, and the methods
/// of a row. Source: Go package text/template, "Arguments" and "Actions".

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "util/json.h"

namespace skiff::cli {

/// A template's `.Name argument…`: computed when a template asks for it, with the row it is asked of.
/// Throws Error{Invalid} for wrong arguments; the position is added by the evaluator.
using Method = std::function<OrderedJson(const OrderedJson& row, std::span<const OrderedJson> arguments)>;
/// By name. A method hides a member of the same name, as in Go.
using Methods = std::map<std::string, Method, std::less<>>;

/// The objects that are maps in podman's Go types: a missing key of a map is `<no value>`, a missing
/// member of any other object is an error; ranging and printing differ too. An entry is the member's
/// name, or "Parent.Name" where the bare name would be too wide ("LogConfig.Config").
using MapNames = std::set<std::string, std::less<>>;
/// Labels, Annotations, Options, Sysctls, GraphDriver.Data, NetworkSettings.Networks…: the maps of
/// podman's listings and inspect documents.
const MapNames& podman_maps();

}  // namespace skiff::cli
