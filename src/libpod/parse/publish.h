#pragma once
/// The flags of published ports.

#include <string>
#include <vector>

#include "libpod/publish_options.h"

namespace skiff::libpod {

/// As they stand on the command line.
struct PublishFlags {
    std::vector<std::string> publish, expose;
    bool all = false;
};

/// Throws Error{Invalid}.
PublishOptions parse_publish_flags(const PublishFlags& flags);

}  // namespace skiff::libpod
