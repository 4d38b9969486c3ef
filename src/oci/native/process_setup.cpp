#include "oci/native/process_setup.h"

#include <grp.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "oci/native/errors.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

/// sched_attr of sched_setattr(2); the C library has none.
struct SchedAttributes {
    std::uint32_t size;
    std::uint32_t policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime;
    std::uint64_t deadline;
    std::uint64_t period;
};

constexpr int kMaxNodes = 1024;
constexpr std::size_t kBitsPerWord = 8 * sizeof(unsigned long);

}  // namespace

void join_session_keyring(const std::string& name) {
    if (::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name.c_str(), 0, 0, 0) >= 0) return;
    log::debug(concat("session keyring: ", errno_text(errno), ", ignoring"));
}

void set_scheduler(const Scheduler& scheduler) {
    const SchedAttributes attributes{sizeof attributes, scheduler.policy, scheduler.flags, scheduler.nice,
                                     static_cast<std::uint32_t>(scheduler.priority), scheduler.runtime, scheduler.deadline,
                                     scheduler.period};
    if (::syscall(SYS_sched_setattr, 0, &attributes, 0) != 0) throw SystemError{errno, "setting the scheduling policy"};
}

void set_io_priority(const IoPriority& priority) {
    const int value = priority.io_class << 13 | priority.priority;
    if (::syscall(SYS_ioprio_set, /*IOPRIO_WHO_PROCESS*/ 1, 0, value) != 0) throw SystemError{errno, "setting the I/O priority"};
}

std::vector<int> parse_list(const std::string& text, int limit, std::string_view what) {
    std::vector<int> numbers;
    const auto refuse = [&] { return ConfigInvalid{concat("config: ", quote(text), " is no list of ", what)}; };
    for (const std::string& part : split(text, ',')) {
        const auto range = split_once(part, '-');
        const auto first = parse_int(range ? range->first : part);
        const auto last = range ? parse_int(range->second) : first;
        if (!first || !last || *first < 0 || *last < *first || *last >= limit) throw refuse();
        for (std::int64_t number = *first; number <= *last; ++number) numbers.push_back(static_cast<int>(number));
    }
    return numbers;
}

void set_cpu_affinity(const std::string& cpus) {
    if (cpus.empty()) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int cpu : parse_list(cpus, CPU_SETSIZE, "CPUs")) CPU_SET(static_cast<unsigned>(cpu), &set);
    if (::sched_setaffinity(0, sizeof set, &set) != 0) throw SystemError{errno, concat("running on CPUs ", cpus)};
}

void set_personality(std::uint64_t persona) {
    if (::personality(static_cast<unsigned long>(persona)) < 0) throw SystemError{errno, "setting the execution domain"};
}

void set_memory_policy(const MemoryPolicy& policy) {
    std::array<unsigned long, kMaxNodes / kBitsPerWord> mask{};
    const bool has_nodes = !policy.nodes.empty();
    if (has_nodes) {
        for (const int node : parse_list(policy.nodes, kMaxNodes, "memory nodes")) {
            mask[static_cast<std::size_t>(node) / kBitsPerWord] |= 1UL << (static_cast<std::size_t>(node) % kBitsPerWord);
        }
    }
    // One more than there are bits: the kernel takes one off.
    if (::syscall(SYS_set_mempolicy, policy.mode | policy.flags, has_nodes ? mask.data() : nullptr, has_nodes ? kMaxNodes + 1 : 0) == 0) return;
    if (errno == ENOSYS) throw Error{ErrorKind::Unsupported, "config: linux.memoryPolicy: this kernel has no memory policies"};
    throw SystemError{errno, concat("setting the memory policy on nodes ", quote(policy.nodes))};
}

void set_host_names(const Spec& spec) {
    if (!spec.hostname.empty() && ::sethostname(spec.hostname.data(), spec.hostname.size()) != 0) {
        throw SystemError{errno, concat("setting the host name to ", quote(spec.hostname))};
    }
    if (!spec.domainname.empty() && ::setdomainname(spec.domainname.data(), spec.domainname.size()) != 0) {
        throw SystemError{errno, concat("setting the domain name to ", quote(spec.domainname))};
    }
}

void bring_loopback_up() {
    const UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    ifreq request{};
    std::memcpy(request.ifr_name, "lo", 3);
    if (!socket || ::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) throw SystemError{errno, "looking at the loopback interface"};
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) throw SystemError{errno, "setting the loopback interface up"};
}

bool become_namespace_root(bool keep_groups) {
    if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) throw SystemError{errno, "becoming root in the user namespace"};
    return keep_groups || (::setgroups(0, nullptr) != 0 && errno == EPERM);
}

}  // namespace skiff::oci::native
