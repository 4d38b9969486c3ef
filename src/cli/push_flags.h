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
    std::optional<bool> force;
    bool remove_signatures = false;
    image::SigningKeys signing;
};
/// --compression-format, --compression-level, --force-compression, --format, --remove-signatures, --sign-by and its kin.
void add_push_flags(CLI::App& command, PushFlags& flags);
/// --sign-by and its kin alone.
void add_signing_flags(CLI::App& command, image::SigningKeys& keys);
/// Throws Error{Invalid} for a value that there is not.
image::OutgoingOptions outgoing_options(const PushFlags& flags);

/// TRANSPORT:WHERE, or a name in a registry: docker.io when it says none.
image::Location push_destination(const std::string& text);
void write_digest_file(const std::string& path, const Digest& digest);

}  // namespace skiff::cli
