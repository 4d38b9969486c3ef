#include "image/transport.h"

#include <algorithm>
#include <array>

#include "util/error.h"
#include "util/text.h"

namespace skiff::image {
namespace {

struct Known {
    std::string_view name;
    Transport transport;
};
constexpr std::array<Known, 4> kKnown = {{{"docker-archive", Transport::DockerArchive},
                                          {"oci-archive", Transport::OciArchive},
                                          {"oci", Transport::Oci},
                                          {"dir", Transport::Dir}}};
constexpr std::array<std::string_view, 5> kForeign = {"docker-daemon", "ostree", "sif", "tarball", "atomic"};

Location local_location(Transport transport, std::string_view rest, std::string_view text) {
    Location location{transport, std::string{rest}, {}};
    if (transport != Transport::Dir) {
        if (const auto parts = split_once(rest, ':')) {
            location.path = parts->first;
            location.reference = parts->second;
        }
    }
    if (location.path.empty()) throw Error{ErrorKind::Invalid, concat("invalid source ", quote(text), ": it has no path")};
    return location;
}

/// "[DRIVER@ROOT+RUNROOT:OPTIONS]NAME": what is in brackets may be left out, as a whole or from behind.
Location storage_location(std::string_view rest, std::string_view text) {
    Location location{Transport::ContainersStorage, std::string{rest}, {}};
    if (rest.starts_with('[')) {
        const auto end = rest.find(']');
        if (end == std::string_view::npos) throw Error{ErrorKind::Invalid, concat("invalid source ", quote(text), ": its [ is not closed")};
        location.reference = rest.substr(1, end - 1);
        location.path = rest.substr(end + 1);
    }
    if (location.path.empty()) throw Error{ErrorKind::Invalid, concat("invalid source ", quote(text), ": it has no image name")};
    return location;
}

}  // namespace

std::optional<Location> parse_location(std::string_view text) {
    if (text.starts_with("docker://")) {
        if (text.size() == 9) throw Error{ErrorKind::Invalid, concat("invalid source ", quote(text), ": it has no image name")};
        return Location{Transport::Docker, std::string{text.substr(9)}, {}};
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto name = text.substr(0, colon);
    if (name == "containers-storage") return storage_location(text.substr(colon + 1), text);
    for (const auto& known : kKnown)
        if (name == known.name) return local_location(known.transport, text.substr(colon + 1), text);
    if (std::find(kForeign.begin(), kForeign.end(), name) != kForeign.end())
        throw Error{ErrorKind::Unsupported, concat("source ", quote(text), ": transport ", quote(name), " is not supported"),
                    "docker-archive, oci-archive, oci, dir and containers-storage are"};
    return std::nullopt;
}

}  // namespace skiff::image
