#pragma once
/// --preserve-fds N: descriptors 3 to 3+N-1 that skiff's caller left open, for the container's process.
/// A descriptor of skiff's own never passes for one of them: those are all close-on-exec. Source: podman-run(1), --preserve-fds.

#include <cstdint>
#include <vector>

namespace skiff::libpod {

/// Throws Error{Invalid} naming the first that the caller did not leave open.
void require_preserved_fds(std::uint32_t count);

/// Their numbers; none at all when one is missing: what starts a container again later has not got them.
std::vector<int> preserved_fds(std::uint32_t count);

}  // namespace skiff::libpod
