#include "oci/native/namespace_visit.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>

#include "oci/native/kernel.h"
#include "oci/native/names.h"
#include "oci/native/procfs.h"
#include "util/error.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::oci::native {

void NamespaceVisit::remember(int flag) {
    const UniqueFd proc = open_host_procfs();
    UniqueFd own{::openat(proc.get(), concat("self/ns/", namespace_file(flag)).c_str(), O_RDONLY | O_CLOEXEC)};
    if (!own) throw SystemError{errno, concat("opening this process's ", namespace_file(flag), " namespace")};
    own_.emplace_back(flag, std::move(own));
}

void NamespaceVisit::join(int fd, int flag, std::string_view shown) {
    remember(flag);
    if (::setns(fd, flag) == 0) return;
    const int saved_errno = errno;
    own_.pop_back();
    throw SystemError{saved_errno, concat("joining the ", namespace_file(flag), " namespace ", quote(shown))};
}

void NamespaceVisit::join(const Namespace& entry) {
    const UniqueFd fd{::open(entry.path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) throw SystemError{errno, concat("opening namespace ", quote(entry.path))};
    join(fd.get(), entry.flag, entry.path);
}

void NamespaceVisit::make_time_namespace(const std::map<std::string, TimeOffset>& offsets) {
    remember(CLONE_NEWTIME);
    if (::unshare(CLONE_NEWTIME) != 0) throw SystemError{errno, "making a time namespace"};
    const UniqueFd proc = open_host_procfs();
    for (const auto& [clock, offset] : offsets) {
        write_in_procfs(proc.get(), "self/timens_offsets", concat(clock, " ", offset.seconds, " ", offset.nanoseconds));
    }
}

void NamespaceVisit::leave() noexcept {
    for (auto entry = own_.rbegin(); entry != own_.rend(); ++entry) {
        if (::setns(entry->second.get(), entry->first) == 0) continue;
        log::error("cannot return to this process's own namespaces");
        std::abort();
    }
    own_.clear();
}

}  // namespace skiff::oci::native
