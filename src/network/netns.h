#pragma once
/// Network namespaces: being in another one for a moment.

#include "util/fd.h"

namespace skiff::network {

/// The calling thread is in the namespace `netns` for as long as this lives: sockets opened meanwhile stay in it, and
/// /proc/sys/net is its. Ends the process when there is no way back, which only a lack of memory could cause.
/// Source: setns(2), CLONE_NEWNET.
class [[nodiscard]] NamespaceVisit {
public:
    /// Throws SystemError.
    explicit NamespaceVisit(int netns);
    NamespaceVisit(const NamespaceVisit&) = delete;
    NamespaceVisit& operator=(const NamespaceVisit&) = delete;
    ~NamespaceVisit();

private:
    UniqueFd home_;
};

/// The network namespace of a process, to enter or to hand to the kernel. Throws SystemError.
UniqueFd open_netns(pid_t pid);

}  // namespace skiff::network
