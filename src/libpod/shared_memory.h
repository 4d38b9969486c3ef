#pragma once
/// /dev/shm of a container for another one that shares its IPC namespace (--ipc container:NAME).

#include <filesystem>

#include "util/process.h"

namespace skiff::libpod {

namespace fs = std::filesystem;

/// Shows the /dev/shm of `owner`, as it sees it, at `at` in the calling mount namespace, which must be a private one
/// (PrivateMounts), and goes with that. Single-threaded callers only.
/// Source: ipc_namespaces(7); setns(2) with a pidfd; open_tree(2), OPEN_TREE_CLONE.
class [[nodiscard]] SharedMemory {
public:
    /// Throws Error{WrongState} when the owner is gone, Error{NotFound} when it has no /dev/shm, SystemError.
    SharedMemory(const ProcessIdentity& owner, fs::path at);
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;
    const fs::path& path() const noexcept { return path_; }

private:
    fs::path path_;
};

}  // namespace skiff::libpod
