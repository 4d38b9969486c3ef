#include "oci/native/cgroup/cgroup.h"
#include "oci/native/cgroup/control_file.h"
#include "oci/native/cgroup/device_program.h"
#include "oci/native/cgroup/weights.h"
#include "oci/native/errors.h"
#include "util/error.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::oci::native::cgroup {

std::uint64_t cpu_weight(std::uint64_t shares) {
    if (shares == 0) return 0;
    if (shares < 2) shares = 2;
    if (shares > 262144) shares = 262144;
    return 1 + ((shares - 2) * 9999) / 262142;
}

std::uint64_t io_weight(std::uint64_t weight) {
    if (weight < 10) return weight == 0 ? 0 : 1;
    return 1 + (weight - 10) * 9999 / 990;
}

std::string limit_text(std::int64_t limit) { return limit < 0 ? "max" : std::to_string(limit); }

std::optional<std::string> swap_text(const MemoryLimits& memory) {
    if (!memory.swap || *memory.swap == 0) return std::nullopt;
    if (*memory.swap < 0) return "max";
    if (!memory.limit || *memory.limit <= 0) {
        throw ConfigInvalid{"config: linux.resources.memory.swap needs memory.limit on cgroup v2"};
    }
    if (*memory.swap < *memory.limit) throw ConfigInvalid{"config: linux.resources.memory.swap is below memory.limit"};
    return std::to_string(*memory.swap - *memory.limit);
}

namespace {

void apply_memory_v2(int directory, const MemoryLimits& memory) {
    const auto swap = swap_text(memory);
    if (swap && !write_control_if_exists(directory, "memory.swap.max", *swap)) {
        log::debug("the kernel does not account swap, ignoring the limit");
    }
    if (memory.limit && *memory.limit != 0) {
        if (memory.check_before_update && *memory.limit > 0) {
            const auto used = parse_int(read_control(directory, "memory.current").value_or("0"));
            if (used && *used > *memory.limit) {
                throw Error{ErrorKind::InUse, concat("memory limit ", *memory.limit, " is below what the container uses (", *used, ")")};
            }
        }
        write_control(directory, "memory.max", limit_text(*memory.limit));
    }
    if (memory.reservation && *memory.reservation != 0) write_control(directory, "memory.low", limit_text(*memory.reservation));
}

void apply_cpu_v2(int directory, const CpuLimits& cpu) {
    if (cpu.idle) write_control(directory, "cpu.idle", std::to_string(*cpu.idle));
    if (cpu.shares && *cpu.shares != 0 && cpu.idle.value_or(0) != 1) {
        write_control(directory, "cpu.weight", std::to_string(cpu_weight(*cpu.shares)));
    }
    if (cpu.burst) write_control(directory, "cpu.max.burst", std::to_string(*cpu.burst));
    if ((cpu.quota && *cpu.quota != 0) || (cpu.period && *cpu.period != 0)) {
        const std::string quota = cpu.quota && *cpu.quota > 0 ? std::to_string(*cpu.quota) : "max";
        const std::string period = cpu.period && *cpu.period != 0 ? concat(" ", *cpu.period) : "";
        write_control(directory, "cpu.max", concat(quota, period));
    }
    if (!cpu.cpus.empty()) write_control(directory, "cpuset.cpus", cpu.cpus);
    if (!cpu.mems.empty()) write_control(directory, "cpuset.mems", cpu.mems);
}

void apply_throttle_v2(int directory, const char* key, const std::vector<ThrottleDevice>& devices) {
    for (const ThrottleDevice& device : devices) {
        const std::string rate = device.rate == 0 ? "max" : std::to_string(device.rate);
        write_control(directory, "io.max", concat(device.major, ":", device.minor, " ", key, "=", rate));
    }
}

void apply_block_io_v2(int directory, const BlockIoLimits& io) {
    if (io.weight && *io.weight != 0) {
        if (!write_control_if_exists(directory, "io.bfq.weight", std::to_string(*io.weight))) {
            write_control(directory, "io.weight", std::to_string(io_weight(*io.weight)));
        }
    }
    for (const WeightDevice& device : io.weight_devices) {
        if (device.weight) write_control(directory, "io.bfq.weight", concat(device.major, ":", device.minor, " ", *device.weight));
    }
    apply_throttle_v2(directory, "rbps", io.read_bps);
    apply_throttle_v2(directory, "wbps", io.write_bps);
    apply_throttle_v2(directory, "riops", io.read_iops);
    apply_throttle_v2(directory, "wiops", io.write_iops);
}

void apply_rest(int directory, const Resources& resources) {
    if (resources.pids_limit) {
        write_control(directory, "pids.max", *resources.pids_limit > 0 ? std::to_string(*resources.pids_limit) : "max");
    }
    for (const HugepageLimit& page : resources.hugepages) {
        write_control(directory, concat("hugetlb.", page.page_size, ".max"), std::to_string(page.limit));
    }
    for (const auto& [device, limit] : resources.rdma) {
        std::string line = device;
        if (limit.hca_handles) line += concat(" hca_handle=", *limit.hca_handles);
        if (limit.hca_objects) line += concat(" hca_object=", *limit.hca_objects);
        write_control(directory, "rdma.max", line);
    }
    for (const auto& [file, value] : resources.unified) write_control(directory, file, value);
}

}  // namespace

void detail::apply_unified(int directory, const Resources& resources, bool first) {
    if (first || !resources.devices.empty()) attach_device_rules(directory, with_default_devices(resources.devices));
    apply_memory_v2(directory, resources.memory);
    apply_cpu_v2(directory, resources.cpu);
    apply_block_io_v2(directory, resources.block_io);
    apply_rest(directory, resources);
}

}  // namespace skiff::oci::native::cgroup
