#pragma once
/// A network as `network inspect` and `network ls` show it: podman's keys, and the names of its Go fields for templates.
/// Source: the documents that podman prints; podman-network-ls(1), podman-network-inspect(1), --format.

#include <string>
#include <vector>

#include "cli/format/value.h"
#include "network/config.h"
#include "util/json.h"

namespace skiff::libpod {
class Runtime;
}

namespace skiff::cli {

OrderedJson network_document(const network::NetworkConfig& network);
/// The containers that have an interface on it, by ID: name and interfaces.
OrderedJson network_containers(const libpod::Runtime& runtime, const network::NetworkConfig& network);
/// Both in one, of the network with that name or ID.
OrderedJson inspect_network(const libpod::Runtime& runtime, const std::string& name);
/// `in_full`: whole IDs.
Methods network_methods(bool in_full);

/// `--filter` of `network ls` and `network prune`: different keys must all match, labels too; of the same key one is enough.
class NetworkFilter {
public:
    /// Throws Error{Invalid} for a key or a value that there is not.
    NetworkFilter(const libpod::Runtime& runtime, const std::vector<std::string>& filters, const std::vector<std::string>& keys);
    bool matches(const network::NetworkConfig& network) const;

private:
    struct Condition {
        std::string key, value;
    };
    bool matches(const Condition& condition, const network::NetworkConfig& network) const;
    const libpod::Runtime& runtime_;
    std::vector<Condition> conditions_;
};

}  // namespace skiff::cli
