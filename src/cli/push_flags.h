#pragma once
/// What `push` and `manifest push` say of how things go out.

#include <cstdint>
#include <optional>
#include <string>

#include "image/outgoing.h"
#include "image/transport.h"
#include "util/digest.h"

namespace CLI {
class App;
}

namespace skiff::cli {

struct PushFlags {
    std::string compression, format;
    std::optional<std::int64_t> level;
    bool force = false, remove_signatures = false;
};
/// --compression-format, --compression-level, --force-compression, --format, --remove-signatures, and the signing options, refused.
void add_push_flags(CLI::App& command, PushFlags& flags);
/// Throws Error{Invalid} for a value that there is not.
image::OutgoingOptions outgoing_options(const PushFlags& flags);

/// TRANSPORT:WHERE, or a name in a registry: docker.io when it says none.
image::Location push_destination(const std::string& text);
void write_digest_file(const std::string& path, const Digest& digest);

}  // namespace skiff::cli
