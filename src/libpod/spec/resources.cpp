#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "libpod/spec/parts.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

[[noreturn]] void not_on_v2(std::string_view flag) {
    throw Error{ErrorKind::Unsupported, concat(flag, " does not exist on cgroup v2, which this host has")};
}

template <typename T>
void set(Json& out, const char* key, const std::optional<T>& value) {
    if (value) out[key] = *value;
}

Json memory_part(const Resources& resources, bool v2) {
    if (v2 && resources.memory_swappiness) not_on_v2("--memory-swappiness");
    if (v2 && resources.oom_kill_disable) not_on_v2("--oom-kill-disable");
    Json out = Json::object();
    set(out, "limit", resources.memory_bytes);
    set(out, "swap", resources.memory_swap_bytes);
    set(out, "reservation", resources.memory_reservation_bytes);
    set(out, "swappiness", resources.memory_swappiness);
    if (resources.oom_kill_disable) out["disableOOMKiller"] = true;
    return out;
}

Json cpu_part(const Resources& resources, bool v2) {
    if (v2 && (resources.cpu_rt_period_us || resources.cpu_rt_runtime_us)) not_on_v2("--cpu-rt-period and --cpu-rt-runtime");
    Json out = Json::object();
    set(out, "shares", resources.cpu_shares);
    set(out, "quota", resources.cpu_quota_us);
    set(out, "period", resources.cpu_period_us);
    set(out, "realtimePeriod", resources.cpu_rt_period_us);
    set(out, "realtimeRuntime", resources.cpu_rt_runtime_us);
    if (!resources.cpuset_cpus.empty()) out["cpus"] = resources.cpuset_cpus;
    if (!resources.cpuset_mems.empty()) out["mems"] = resources.cpuset_mems;
    return out;
}

void set_rates(Json& out, const char* key, const char* value_key, const std::vector<DeviceRate>& rates) {
    for (const auto& rate : rates) {
        struct stat info {};
        if (::stat(rate.path.c_str(), &info) != 0) throw SystemError{errno, concat("device ", quote(rate.path))};
        if (!S_ISBLK(info.st_mode) && !S_ISCHR(info.st_mode)) throw Error{ErrorKind::Invalid, concat(quote(rate.path), " is not a device")};
        out[key].push_back({{"major", major(info.st_rdev)}, {"minor", minor(info.st_rdev)}, {value_key, rate.rate}});
    }
}

Json block_io_part(const Resources& resources) {
    Json out = Json::object();
    set(out, "weight", resources.blkio_weight);
    set_rates(out, "weightDevice", "weight", resources.blkio_weight_device);
    set_rates(out, "throttleReadBpsDevice", "rate", resources.device_read_bps);
    set_rates(out, "throttleWriteBpsDevice", "rate", resources.device_write_bps);
    set_rates(out, "throttleReadIOPSDevice", "rate", resources.device_read_iops);
    set_rates(out, "throttleWriteIOPSDevice", "rate", resources.device_write_iops);
    return out;
}

}  // namespace

Json resources_part(const Resources& resources, const HostFacts& host) {
    const bool v2 = host.cgroups == CgroupMode::V2;
    Json out = Json::object();
    const auto add = [&](const char* key, Json part) {
        if (!part.empty()) out[key] = std::move(part);
    };
    add("memory", memory_part(resources, v2));
    add("cpu", cpu_part(resources, v2));
    add("blockIO", block_io_part(resources));
    // No limit is what a new cgroup has.
    if (resources.pids_limit.value_or(-1) > 0) out["pids"] = {{"limit", *resources.pids_limit}};
    if (!resources.unified.empty()) {
        if (!v2) throw Error{ErrorKind::Unsupported, "--cgroup-conf needs cgroup v2, which this host does not use"};
        out["unified"] = resources.unified;
    }
    return out;
}

}  // namespace skiff::libpod
