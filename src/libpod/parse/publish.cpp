#include "libpod/parse/publish.h"

namespace skiff::libpod {

PublishOptions parse_publish_flags(const PublishFlags& flags) {
    PublishOptions out;
    for (const auto& value : flags.publish) out.ports.push_back(network::parse_publish(value));
    for (const auto& value : flags.expose) out.exposed.push_back(network::parse_expose("--expose", value));
    out.ports = network::normalized(std::move(out.ports));
    out.all = flags.all;
    return out;
}

}  // namespace skiff::libpod
