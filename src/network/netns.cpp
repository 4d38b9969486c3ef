#include "network/netns.h"

#include <fcntl.h>
#include <sched.h>

#include <cstdlib>

#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::network {

NamespaceVisit::NamespaceVisit(int netns) : home_{open_at(AT_FDCWD, "/proc/thread-self/ns/net", O_RDONLY)} {
    if (::setns(netns, CLONE_NEWNET) != 0) throw SystemError{errno, "entering a network namespace"};
}

NamespaceVisit::~NamespaceVisit() {
    if (::setns(home_.get(), CLONE_NEWNET) != 0) std::abort();
}

UniqueFd open_netns(pid_t pid) { return open_at(AT_FDCWD, concat("/proc/", pid, "/ns/net"), O_RDONLY); }

}  // namespace skiff::network
