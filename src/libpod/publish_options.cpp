#include "libpod/publish_options.h"

#include <algorithm>

#include "util/text.h"

namespace skiff::libpod {
namespace {

using network::PortMapping;
using network::Protocol;

bool covers(const PortMapping& mapping, Protocol protocol, unsigned port) {
    return mapping.protocol == protocol && port >= mapping.container_port && port < static_cast<unsigned>(mapping.container_port) + mapping.range;
}

std::string range_text(const PortMapping& mapping) {
    const unsigned last = mapping.container_port + mapping.range - 1U;
    const std::string ports = mapping.range == 1 ? concat(mapping.container_port) : concat(mapping.container_port, "-", last);
    return concat(ports, "/", network::protocol_name(mapping.protocol));
}

}  // namespace

std::vector<std::string> exposed_by(const PublishOptions& options, std::vector<std::string> image) {
    for (const auto& mapping : options.exposed) image.push_back(range_text(mapping));
    std::sort(image.begin(), image.end());
    image.erase(std::unique(image.begin(), image.end()), image.end());
    return image;
}

std::vector<PortMapping> ports_of(const PublishOptions& options, const std::vector<std::string>& exposed) {
    std::vector<PortMapping> out = options.ports;
    if (!options.all) return out;
    for (const auto& text : exposed) {
        const PortMapping range = network::parse_expose("exposed port", text);
        for (unsigned i = 0; i < range.range; ++i) {
            const unsigned port = range.container_port + i;
            const bool known = std::any_of(out.begin(), out.end(), [&](const PortMapping& mapping) { return covers(mapping, range.protocol, port); });
            if (!known) out.push_back({{}, 0, static_cast<std::uint16_t>(port), 1, range.protocol});
        }
    }
    return out;
}

}  // namespace skiff::libpod
