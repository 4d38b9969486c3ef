#pragma once
/// What a running container uses, read from its cgroups and its network namespace without starting a process.
///
/// Source: the kernel's admin-guide/cgroup-v1 (cpuacct, memory, blkio-controller, pids), cgroup-v2 (cpu.stat, memory.current,
/// io.stat, pids.current); proc_pid_net(5), net/dev. Memory as docker counts it: without the inactive part of the page cache.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>

#include "oci/native/cgroup/layout.h"
#include "util/clock.h"

namespace skiff::libpod {

struct InterfaceUsage {
    std::uint64_t received_bytes = 0, received_packets = 0, received_errors = 0, received_dropped = 0;
    std::uint64_t sent_bytes = 0, sent_packets = 0, sent_errors = 0, sent_dropped = 0;
};

struct Usage {
    UnixNanos at = 0;
    std::uint64_t cpu_ns = 0;         ///< of all processors, since the cgroup was made
    std::uint64_t cpu_system_ns = 0;  ///< the part spent in the kernel
    std::uint64_t memory_bytes = 0;
    std::uint64_t memory_limit_bytes = 0;  ///< the host's memory where there is no limit
    std::uint64_t read_bytes = 0, written_bytes = 0;
    std::uint64_t pids = 0;
    std::map<std::string, InterfaceUsage> interfaces;  ///< without the loopback; empty in the host's namespace
};

/// Looks up the host's cgroup hierarchies once, for any number of containers.
class UsageReader {
public:
    UsageReader();
    /// Of the container whose init is `init`. What a controller that is missing would tell is 0. Throws Error{NotFound} when
    /// the process has ended.
    Usage read(pid_t init) const;

private:
    oci::native::cgroup::Layout layout_;
    std::uint64_t host_memory_bytes_ = 0;
    std::string own_network_;
};

/// Parses /proc/PID/net/dev.
std::map<std::string, InterfaceUsage> parse_interfaces(std::string_view text);
/// The number behind `key` in a flat keyed file ("key value" lines); 0 when absent.
std::uint64_t keyed_value(std::string_view text, std::string_view key);

}  // namespace skiff::libpod
