#pragma once
/// RUNROOT/nft: the lock of the table, and what is in force. Whoever changes the table holds it exclusively.
///
///     NAMESPACE GENERATION       inode of the network namespace, and nf_tables' generation right after our last change
///     blocked                    a foreign chain drops our traffic: looked at again each time
///     BRIDGE                     …those that the table has
///
/// Anything else (a write that was cut short, an older skiff's) reads as "nothing is known", and the table is made anew.

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

#include "state/file_lock.h"

namespace skiff::network::nft {

struct InForce {
    std::uint64_t name_space = 0;  ///< 0: nothing is known
    std::uint32_t generation = 0;
    bool blocked = false;
    std::set<std::string> bridges;
};

class Record {
public:
    /// Waits at most ten seconds. Throws Error{Timeout}.
    explicit Record(const std::filesystem::path& runroot);
    InForce read() const;
    void write(const InForce& facts) const;
    /// There is no table.
    void clear() const;
    bool empty() const;

    static std::filesystem::path path(const std::filesystem::path& runroot) { return runroot / "nft"; }

private:
    state::FileLock lock_;
};

/// What the record says, without its lock: right unless somebody is changing it, which reads as "nothing is known" or as
/// what was in force before.
InForce peek(const std::filesystem::path& runroot);

/// Of the caller.
std::uint64_t own_network_namespace();

}  // namespace skiff::network::nft
