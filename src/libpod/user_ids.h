#pragma once
/// Choosing the host's IDs for a user namespace. Source: subuid(5); podman-run(1), --userns auto, --subuidname.

#include "libpod/container_config.h"
#include "util/fd.h"

namespace skiff::libpod {

class Runtime;

/// Fills `config`'s maps by `choice` where it is one. Of two that choose at once the second waits: the lock that is given back is to
/// be held until the container is recorded. Throws Error{NotFound} where /etc/subuid or /etc/subgid have no such line,
/// Error{InUse} where no range is left.
UniqueFd choose_user_ids(const Runtime& runtime, const IdChoice& choice, ContainerConfig& config);

/// One line of /etc/subuid.
struct IdRange {
    std::uint32_t first = 0, count = 0;
    bool operator==(const IdRange&) const = default;
};
std::vector<IdRange> parse_subid(std::string_view text, std::string_view name);
/// The first `size` IDs in a row within `pool` that overlap none of `taken`; nullopt when there are none.
std::optional<std::uint32_t> free_ids(const std::vector<IdRange>& pool, const std::vector<IdRange>& taken, std::uint32_t size);

}  // namespace skiff::libpod
