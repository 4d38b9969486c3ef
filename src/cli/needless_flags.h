#pragma once
/// Flags of podman's that ask for what is so anyway, so that scripts that give them work.

#include <string>

namespace CLI {
class App;
}

namespace skiff::cli {

/// `name` does nothing more; `name=false` is refused: Error{Unsupported} with `reason`.
void add_needless(CLI::App& command, const std::string& name, const std::string& description, const std::string& reason);

/// podman-pull(1), --disable-content-trust.
void add_content_trust_flag(CLI::App& command);

}  // namespace skiff::cli
