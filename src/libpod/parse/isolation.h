#pragma once
/// Option values that shape a container's isolation: namespaces and --security-opt.

#include <string_view>

#include "libpod/config_types.h"

namespace skiff::libpod {

/// "host", "private", "container:NAME", "ns:PATH", and where the flag knows them "none" and "shareable"; empty is Default.
/// `flag` is "--pid", "--ipc", "--uts", "--cgroupns", "--network" or "--userns". Throws Error{Invalid}.
NamespaceMode parse_namespace(std::string_view flag, std::string_view text);

/// One --security-opt, added to `options`. Relative profile paths are below `current_directory`.
void add_security_option(std::string_view text, std::string_view current_directory, SecurityOptions& options);

}  // namespace skiff::libpod
