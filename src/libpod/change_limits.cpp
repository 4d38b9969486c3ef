#include "libpod/change_limits.h"

namespace skiff::libpod {
namespace {

template <typename Value>
void replace(std::optional<Value>& limit, const std::optional<Value>& said) {
    if (said) limit = said;
}
template <typename Value>
void replace(Value& limit, const Value& said) {
    if (!said.empty()) limit = said;
}

/// A device that is named again gets the new rate, the others keep theirs.
void replace_rates(std::vector<DeviceRate>& rates, const std::vector<DeviceRate>& said) {
    for (const auto& rate : said) {
        std::erase_if(rates, [&](const DeviceRate& old) { return old.path == rate.path; });
        rates.push_back(rate);
    }
}

}  // namespace

Resources parse_changes(const ResourceFlags& flags, const Resources& limits) {
    ResourceFlags completed = flags;
    const bool swap_alone = !flags.memory_swap.empty() && flags.memory.empty();
    if (swap_alone && limits.memory_bytes) completed.memory = std::to_string(*limits.memory_bytes);
    return parse_resources(completed);
}

void change_limits(Resources& limits, const Resources& changes) {
    replace(limits.memory_bytes, changes.memory_bytes);
    replace(limits.memory_swap_bytes, changes.memory_swap_bytes);
    replace(limits.memory_reservation_bytes, changes.memory_reservation_bytes);
    replace(limits.memory_swappiness, changes.memory_swappiness);
    replace(limits.cpu_period_us, changes.cpu_period_us);
    replace(limits.cpu_quota_us, changes.cpu_quota_us);
    replace(limits.cpu_shares, changes.cpu_shares);
    replace(limits.cpu_rt_period_us, changes.cpu_rt_period_us);
    replace(limits.cpu_rt_runtime_us, changes.cpu_rt_runtime_us);
    replace(limits.cpuset_cpus, changes.cpuset_cpus);
    replace(limits.cpuset_mems, changes.cpuset_mems);
    replace(limits.pids_limit, changes.pids_limit);
    replace(limits.blkio_weight, changes.blkio_weight);
    replace_rates(limits.blkio_weight_device, changes.blkio_weight_device);
    replace_rates(limits.device_read_bps, changes.device_read_bps);
    replace_rates(limits.device_write_bps, changes.device_write_bps);
    replace_rates(limits.device_read_iops, changes.device_read_iops);
    replace_rates(limits.device_write_iops, changes.device_write_iops);
}

Resources limits_to_apply(const Resources& limits, const Resources& changes) {
    Resources applied = changes;
    if (changes.memory_bytes || changes.memory_swap_bytes) {
        applied.memory_bytes = limits.memory_bytes;
        applied.memory_swap_bytes = limits.memory_swap_bytes;
    }
    if (changes.cpu_quota_us || changes.cpu_period_us) {
        applied.cpu_quota_us = limits.cpu_quota_us;
        applied.cpu_period_us = limits.cpu_period_us;
    }
    return applied;
}

}  // namespace skiff::libpod
