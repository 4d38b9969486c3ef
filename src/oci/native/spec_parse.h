#pragma once
/// config.json to Spec. Unknown members are ignored (runtime-spec, config.md, "Extensibility"); members of the wrong
/// type, out of range or contradicting each other throw ConfigInvalid naming the place.

#include <string_view>

#include "oci/native/json_reader.h"
#include "oci/native/spec.h"

namespace skiff::oci::native {

/// A whole config.json. Throws ConfigInvalid, also for text that is not JSON.
Spec parse_spec(std::string_view text);
Spec spec_of(const Json& document);
/// Its linux.seccomp alone.
std::optional<Seccomp> seccomp_of(const Json& document);
/// The spec's `process` object alone (exec --process).
Process parse_process(const Json& document);
/// The spec's `linux.resources` object alone (update).
Resources parse_resources(const Json& document);

namespace detail {
void read_process(const JsonReader& json, Process& process);
void read_linux(const JsonReader& json, Linux& lnx);
void read_resources(const JsonReader& json, Resources& resources);
void read_seccomp(const JsonReader& json, Seccomp& seccomp);
std::vector<IdMapping> read_mappings(const JsonReader& json);
}  // namespace detail

/// What no type tells: namespaces that a field needs, absolute paths, known words. Throws ConfigInvalid.
void validate(const Spec& spec);
void validate(const Process& process);

}  // namespace skiff::oci::native
