#include <sys/types.h>

#include <algorithm>
#include <iterator>

#include "oci/native/cgroup/cgroup.h"
#include "oci/native/cgroup/control_file.h"
#include "oci/native/errors.h"
#include "util/error.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::oci::native::cgroup {
namespace {

template <typename Number>
void write_number(int directory, const char* file, const std::optional<Number>& value) {
    if (value) write_control(directory, file, std::to_string(*value));
}

/// The limit on memory and swap may not be below the one on memory at any moment, so the order depends on whether the
/// limits grow or shrink: the kernel's EINVAL tells.
void apply_memory_and_swap(int directory, const MemoryLimits& memory) {
    const std::string limit = memory.limit ? std::to_string(*memory.limit) : "";
    const std::string swap = memory.swap ? std::to_string(*memory.swap) : "";
    const auto set_swap = [&] {
        const int error = try_write_control(directory, "memory.memsw.limit_in_bytes", swap);
        // Without swap accounting there is no such file, and no swap to limit.
        if (error == ENOENT || error == EOPNOTSUPP) log::debug("the kernel does not account swap, ignoring the limit");
        return error == ENOENT || error == EOPNOTSUPP ? 0 : error;
    };
    if (!limit.empty() && *memory.limit != 0) {
        const int error = try_write_control(directory, "memory.limit_in_bytes", limit);
        if (error != 0 && !swap.empty() && set_swap() == 0) write_control(directory, "memory.limit_in_bytes", limit);
        else if (error == EBUSY) throw Error{ErrorKind::InUse, concat("memory limit ", limit, " is below what the container uses")};
        else if (error != 0) throw SystemError{error, concat("setting the memory limit to ", limit)};
    }
    if (!swap.empty() && *memory.swap != 0) {
        if (const int error = set_swap()) throw SystemError{error, concat("setting the memory and swap limit to ", swap)};
    }
}

void apply_memory_v1(int directory, const MemoryLimits& memory) {
    if (memory.use_hierarchy) write_control_if_exists(directory, "memory.use_hierarchy", *memory.use_hierarchy ? "1" : "0");
    apply_memory_and_swap(directory, memory);
    if (memory.reservation && *memory.reservation != 0) {
        write_control(directory, "memory.soft_limit_in_bytes", std::to_string(*memory.reservation));
    }
    if (memory.kernel_tcp && *memory.kernel_tcp != 0) {
        write_control(directory, "memory.kmem.tcp.limit_in_bytes", std::to_string(*memory.kernel_tcp));
    }
    write_number(directory, "memory.swappiness", memory.swappiness);
    if (memory.disable_oom_killer && *memory.disable_oom_killer) write_control(directory, "memory.oom_control", "1");
}

void apply_cpu_v1(int directory, const CpuLimits& cpu) {
    if (cpu.shares && *cpu.shares != 0) write_number(directory, "cpu.shares", cpu.shares);
    if (cpu.period && *cpu.period != 0) {
        // A quota already there may be too long for the new period; it then comes first.
        const int error = try_write_control(directory, "cpu.cfs_period_us", std::to_string(*cpu.period));
        if (error == EINVAL && cpu.quota) {
            write_number(directory, "cpu.cfs_quota_us", cpu.quota);
            write_number(directory, "cpu.cfs_period_us", cpu.period);
        } else if (error != 0) {
            throw SystemError{error, concat("setting the CPU period to ", *cpu.period)};
        }
    }
    if (cpu.quota && *cpu.quota != 0) write_number(directory, "cpu.cfs_quota_us", cpu.quota);
    write_number(directory, "cpu.cfs_burst_us", cpu.burst);
    if (cpu.realtime_period && *cpu.realtime_period != 0) write_number(directory, "cpu.rt_period_us", cpu.realtime_period);
    if (cpu.realtime_runtime && *cpu.realtime_runtime != 0) write_number(directory, "cpu.rt_runtime_us", cpu.realtime_runtime);
    write_number(directory, "cpu.idle", cpu.idle);
}

void apply_cpuset(int directory, const CpuLimits& cpu) {
    if (!cpu.cpus.empty()) write_control(directory, "cpuset.cpus", cpu.cpus);
    if (!cpu.mems.empty()) write_control(directory, "cpuset.mems", cpu.mems);
}

/// The weight file's name depends on the I/O scheduler.
void write_weight(int directory, const char* file, const char* bfq_file, const std::string& value) {
    if (!write_control_if_exists(directory, file, value)) write_control(directory, bfq_file, value);
}

void apply_throttle_v1(int directory, const char* file, const std::vector<ThrottleDevice>& devices) {
    for (const ThrottleDevice& device : devices) {
        write_control(directory, file, concat(device.major, ":", device.minor, " ", device.rate));
    }
}

void apply_block_io_v1(int directory, const BlockIoLimits& io) {
    if (io.weight && *io.weight != 0) write_weight(directory, "blkio.weight", "blkio.bfq.weight", std::to_string(*io.weight));
    if (io.leaf_weight && *io.leaf_weight != 0) write_number(directory, "blkio.leaf_weight", io.leaf_weight);
    for (const WeightDevice& device : io.weight_devices) {
        const std::string number = concat(device.major, ":", device.minor, " ");
        if (device.weight) write_weight(directory, "blkio.weight_device", "blkio.bfq.weight_device", concat(number, *device.weight));
        if (device.leaf_weight) write_control(directory, "blkio.leaf_weight_device", concat(number, *device.leaf_weight));
    }
    apply_throttle_v1(directory, "blkio.throttle.read_bps_device", io.read_bps);
    apply_throttle_v1(directory, "blkio.throttle.write_bps_device", io.write_bps);
    apply_throttle_v1(directory, "blkio.throttle.read_iops_device", io.read_iops);
    apply_throttle_v1(directory, "blkio.throttle.write_iops_device", io.write_iops);
}

std::string rule_text(const DeviceRule& rule) {
    if (rule.type == 'a') return "a";
    const auto number = [](const std::optional<std::int64_t>& value) { return value ? std::to_string(*value) : "*"; };
    return concat(rule.type, " ", number(rule.major), ":", number(rule.minor), " ", rule.access);
}

/// Rules from the last "all" rule on; those before it have no effect.
void apply_devices(int directory, const std::vector<DeviceRule>& rules, bool first) {
    std::size_t begin = rules.size();
    while (begin > 0 && rules[begin - 1].type != 'a') --begin;
    const bool allow_all = begin > 0 && rules[begin - 1].allow;
    // A new cgroup has its parent's rules: commonly everything.
    if (allow_all && first && read_control(directory, "devices.list").value_or("") == "a *:* rwm" && begin == rules.size()) return;
    const int error = try_write_control(directory, allow_all ? "devices.allow" : "devices.deny", "a");
    if (error == EPERM) {
        log::debug("device rules cannot be changed in this cgroup, ignoring");
        return;
    }
    if (error != 0) throw SystemError{error, "setting device rules"};
    const ControlFile allow{directory, "devices.allow"};
    const ControlFile deny{directory, "devices.deny"};
    for (std::size_t i = begin; i < rules.size(); ++i) {
        if (rules[i].allow && allow_all) continue;
        (rules[i].allow ? allow : deny).write(rule_text(rules[i]));
    }
}

void apply_network(int directory, const Hierarchy& hierarchy, const Resources& resources) {
    if (hierarchy.has("net_cls")) write_number(directory, "net_cls.classid", resources.network_class_id);
    if (!hierarchy.has("net_prio")) return;
    for (const InterfacePriority& entry : resources.network_priorities) {
        write_control(directory, "net_prio.ifpriomap", concat(entry.name, " ", entry.priority));
    }
}

void apply_rdma(int directory, const std::map<std::string, RdmaLimit>& limits) {
    for (const auto& [device, limit] : limits) {
        std::string line = device;
        if (limit.hca_handles) line += concat(" hca_handle=", *limit.hca_handles);
        if (limit.hca_objects) line += concat(" hca_object=", *limit.hca_objects);
        write_control(directory, "rdma.max", line);
    }
}

}  // namespace

void detail::inherit_cpuset(int parent, int directory) {
    for (const char* file : {"cpuset.cpus", "cpuset.mems"}) {
        if (!read_control(directory, file).value_or("x").empty()) continue;
        const auto inherited = read_control(parent, file);
        if (inherited && !inherited->empty()) write_control(directory, file, *inherited);
    }
}

bool detail::has_limits(const Hierarchy& hierarchy) {
    constexpr std::string_view kLimiting[] = {"memory", "cpu", "cpuset", "pids", "blkio", "hugetlb", "devices", "rdma", "net_cls", "net_prio"};
    return std::any_of(std::begin(kLimiting), std::end(kLimiting), [&](std::string_view controller) { return hierarchy.has(controller); });
}

void detail::apply_legacy(const Hierarchy& hierarchy, int directory, const Resources& resources, bool first) {
    if (hierarchy.has("memory")) apply_memory_v1(directory, resources.memory);
    if (hierarchy.has("cpu")) apply_cpu_v1(directory, resources.cpu);
    if (hierarchy.has("cpuset")) apply_cpuset(directory, resources.cpu);
    if (hierarchy.has("pids") && resources.pids_limit) {
        write_control(directory, "pids.max", *resources.pids_limit > 0 ? std::to_string(*resources.pids_limit) : "max");
    }
    if (hierarchy.has("blkio")) apply_block_io_v1(directory, resources.block_io);
    if (hierarchy.has("hugetlb")) {
        for (const HugepageLimit& page : resources.hugepages) {
            write_control(directory, concat("hugetlb.", page.page_size, ".limit_in_bytes"), std::to_string(page.limit));
        }
    }
    if (hierarchy.has("devices") && (first || !resources.devices.empty())) {
        apply_devices(directory, with_default_devices(resources.devices), first);
    }
    if (hierarchy.has("rdma")) apply_rdma(directory, resources.rdma);
    apply_network(directory, hierarchy, resources);
}

std::vector<DeviceRule> detail::with_default_devices(const std::vector<DeviceRule>& rules) {
    std::vector<DeviceRule> all = rules;
    if (all.empty() || all.front().type != 'a') all.insert(all.begin(), DeviceRule{false, 'a', {}, {}, "rwm"});
    const auto allow = [&](char type, std::optional<std::int64_t> major, std::optional<std::int64_t> minor, const char* access) {
        all.push_back({true, type, major, minor, access});
    };
    allow('c', {}, {}, "m");  // nodes may be made, not used
    allow('b', {}, {}, "m");
    for (const std::int64_t minor : {3, 5, 7, 8, 9}) allow('c', 1, minor, "rwm");  // null zero full random urandom
    allow('c', 5, 0, "rwm");    // tty
    allow('c', 5, 2, "rwm");    // ptmx
    allow('c', 136, {}, "rwm");  // terminals of the container
    return all;
}

}  // namespace skiff::oci::native::cgroup
