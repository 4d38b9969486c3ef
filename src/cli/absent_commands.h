#pragma once
#include <string_view>

namespace skiff::cli {

/// Why a command of podman's is not here, and what serves instead; empty for any other word. A group stands for all of its
/// commands. docs/differences.md has the same list (test/cli/surface.bash compares).
std::string_view absence_of(std::string_view path);

}  // namespace skiff::cli
