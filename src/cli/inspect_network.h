#pragma once
/// NetworkSettings of `inspect`. Source: the documents that podman prints.

#include "util/json.h"

namespace skiff::libpod {
class Container;
}

namespace skiff::cli {

/// Gateway, IPAddress and their like at the top are those of the one network "podman" (the default one), as podman has it; each network has an entry in
/// "Networks".
OrderedJson inspect_network_settings(const libpod::Container& container);

}  // namespace skiff::cli
