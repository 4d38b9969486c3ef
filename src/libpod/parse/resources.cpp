#include <algorithm>
#include <array>
#include <cmath>

#include "libpod/parse/refuse.h"
#include "libpod/parse/values.h"

namespace skiff::libpod {
namespace {

constexpr std::string_view kSizeGrammar = "a number with an optional unit b, k, m, g, t";

std::int64_t parse_bytes(std::string_view flag, std::string_view text) {
    const auto bytes = parse_size(text);
    if (!bytes) refuse(flag, text, "is not a size", kSizeGrammar);
    return *bytes;
}

/// "" and 0 mean that there is no limit of one's own.
std::optional<std::int64_t> optional_bytes(std::string_view flag, const std::string& text) {
    if (text.empty()) return std::nullopt;
    const auto bytes = parse_bytes(flag, text);
    return bytes == 0 ? std::nullopt : std::optional{bytes};
}

void set_memory(const ResourceFlags& flags, Resources& out) {
    out.memory_bytes = optional_bytes("--memory", flags.memory);
    out.memory_reservation_bytes = optional_bytes("--memory-reservation", flags.memory_reservation);
    out.memory_swap_bytes = flags.memory_swap == "-1" ? std::optional<std::int64_t>{-1}
                                                      : optional_bytes("--memory-swap", flags.memory_swap);
    if (out.memory_swap_bytes && !out.memory_bytes) {
        refuse("--memory-swap", flags.memory_swap, "needs --memory", "the sum of memory and swap");
    }
    if (out.memory_swap_bytes.value_or(-1) > 0 && *out.memory_swap_bytes < *out.memory_bytes) {
        refuse("--memory-swap", flags.memory_swap, "is less than --memory", "the sum of memory and swap");
    }
    if (out.memory_reservation_bytes && out.memory_bytes && *out.memory_reservation_bytes > *out.memory_bytes) {
        refuse("--memory-reservation", flags.memory_reservation, "is more than --memory");
    }
    // docker's meaning, kept by podman: without --memory-swap there is as much swap as memory.
    if (out.memory_bytes && !out.memory_swap_bytes) out.memory_swap_bytes = *out.memory_bytes * 2;
    const auto swappiness = flags.memory_swappiness.value_or(-1);
    if (swappiness < -1 || swappiness > 100) refuse("--memory-swappiness", std::to_string(swappiness), "is not from 0 to 100");
    if (swappiness >= 0) out.memory_swappiness = swappiness;
    out.oom_kill_disable = flags.oom_kill_disable;
}

/// Lists like "0-3,5".
void check_cpu_list(std::string_view flag, const std::string& text) {
    if (!text.empty() && !consists_of(text, "0123456789,-")) refuse(flag, text, "is not a list", "0-3,5");
}

void set_cpus(double cpus, Resources& out) {
    constexpr std::uint64_t kPeriod = 100000;
    if (cpus < 0 || cpus > 1e6) refuse("--cpus", std::to_string(cpus), "is not a number of CPUs");
    if (cpus == 0) return;
    if (out.cpu_period_us || out.cpu_quota_us) {
        throw Error{ErrorKind::Invalid, "--cpus excludes --cpu-period and --cpu-quota"};
    }
    out.cpu_period_us = kPeriod;
    out.cpu_quota_us = std::llround(cpus * static_cast<double>(kPeriod));
    if (*out.cpu_quota_us < 1000) refuse("--cpus", std::to_string(cpus), "is less than the kernel's least, 0.01");
}

void set_cpu(const ResourceFlags& flags, Resources& out) {
    const auto given = [](const auto& value) { return value && *value != 0 ? value : std::nullopt; };
    out.cpu_period_us = given(flags.cpu_period);
    out.cpu_quota_us = given(flags.cpu_quota);
    out.cpu_shares = given(flags.cpu_shares);
    out.cpu_rt_period_us = given(flags.cpu_rt_period);
    out.cpu_rt_runtime_us = given(flags.cpu_rt_runtime);
    const auto period = out.cpu_period_us.value_or(100000);
    if (period < 1000 || period > 1000000) refuse("--cpu-period", std::to_string(period), "is not from 1000 to 1000000 microseconds");
    if (flags.cpus) set_cpus(*flags.cpus, out);
    check_cpu_list("--cpuset-cpus", flags.cpuset_cpus);
    check_cpu_list("--cpuset-mems", flags.cpuset_mems);
    out.cpuset_cpus = flags.cpuset_cpus;
    out.cpuset_mems = flags.cpuset_mems;
}

std::uint16_t parse_weight(std::string_view flag, std::string_view text) {
    const auto weight = parse_uint(text);
    if (!weight || *weight < 10 || *weight > 1000) refuse(flag, text, "is not a weight", "a number from 10 to 1000");
    return static_cast<std::uint16_t>(*weight);
}

enum class RateKind { Bytes, Operations, Weight };
std::vector<DeviceRate> parse_rates(std::string_view flag, const std::vector<std::string>& values, RateKind kind) {
    std::vector<DeviceRate> out;
    for (const auto& value : values) {
        const auto colon = value.rfind(':');
        if (colon == std::string::npos) refuse(flag, value, "has no colon", "/dev/NAME:VALUE");
        const auto text = std::string_view{value}.substr(colon + 1);
        DeviceRate rate{clean_absolute(flag, std::string_view{value}.substr(0, colon)), 0};
        if (!rate.path.starts_with("/dev/")) refuse(flag, value, "does not name a device", "/dev/NAME:VALUE");
        switch (kind) {
            case RateKind::Bytes: rate.rate = static_cast<std::uint64_t>(parse_bytes(flag, text)); break;
            case RateKind::Weight: rate.rate = parse_weight(flag, text); break;
            case RateKind::Operations:
                const auto number = parse_uint(text);
                if (!number) refuse(flag, value, "the rate is not a number", "/dev/NAME:OPERATIONS");
                rate.rate = *number;
                break;
        }
        out.push_back(std::move(rate));
    }
    return out;
}

void set_block_io(const ResourceFlags& flags, Resources& out) {
    if (flags.blkio_weight && *flags.blkio_weight != "0") out.blkio_weight = parse_weight("--blkio-weight", *flags.blkio_weight);
    out.blkio_weight_device = parse_rates("--blkio-weight-device", flags.blkio_weight_device, RateKind::Weight);
    out.device_read_bps = parse_rates("--device-read-bps", flags.device_read_bps, RateKind::Bytes);
    out.device_write_bps = parse_rates("--device-write-bps", flags.device_write_bps, RateKind::Bytes);
    out.device_read_iops = parse_rates("--device-read-iops", flags.device_read_iops, RateKind::Operations);
    out.device_write_iops = parse_rates("--device-write-iops", flags.device_write_iops, RateKind::Operations);
}

/// A cgroup v2 file and what is written to it. The name is one path component: it is joined to the cgroup's path.
void set_unified(const std::vector<std::string>& values, Resources& out) {
    for (const auto& value : values) {
        const auto parts = split_once(value, '=');
        const bool fits = parts && consists_of(parts->first, concat(kAlphanumeric, "._")) && parts->first.find('.') != std::string::npos &&
                          parts->first.front() != '.' && !has_control_characters(parts->second);
        if (!fits) refuse("--cgroup-conf", value, "is malformed", "FILE=VALUE, for instance memory.high=1073741824");
        out.unified[parts->first] = parts->second;
    }
}

}  // namespace

Resources parse_resources(const ResourceFlags& flags) {
    Resources out;
    set_memory(flags, out);
    set_cpu(flags, out);
    set_block_io(flags, out);
    set_unified(flags.cgroup_conf, out);
    if (flags.pids_limit) out.pids_limit = *flags.pids_limit <= 0 ? -1 : *flags.pids_limit;
    return out;
}

Ulimit parse_ulimit(std::string_view text) {
    static constexpr std::array<std::string_view, 16> kNames{"as",      "core",    "cpu",  "data",       "fsize",  "locks",
                                                             "memlock", "msgqueue", "nice", "nofile",     "nproc",  "rss",
                                                             "rtprio",  "rttime",  "sigpending", "stack"};
    constexpr std::string_view kGrammar = "NAME=SOFT[:HARD], for instance nofile=1024:2048; -1 is unlimited";
    const auto parts = split_once(text, '=');
    if (!parts) refuse("--ulimit", text, "has no =", kGrammar);
    Ulimit limit{parts->first.starts_with("RLIMIT_") ? lower(std::string_view{parts->first}.substr(7)) : parts->first};
    if (std::find(kNames.begin(), kNames.end(), limit.name) == kNames.end()) {
        refuse("--ulimit", text, "names no resource limit", join({kNames.begin(), kNames.end()}, ", "));
    }
    const auto number = [&](const std::string& value) {
        const auto parsed = value == "unlimited" ? std::optional<std::int64_t>{-1} : parse_int(value);
        if (!parsed || *parsed < -1) refuse("--ulimit", text, concat(quote(value), " is not a limit"), kGrammar);
        return *parsed;
    };
    const auto values = split(parts->second, ':');
    if (values.size() > 2) refuse("--ulimit", text, "has too many colons", kGrammar);
    limit.soft = number(values.front());
    limit.hard = number(values.back());
    const bool soft_above = limit.hard != -1 && (limit.soft == -1 || limit.soft > limit.hard);
    if (soft_above) refuse("--ulimit", text, "the soft limit is above the hard limit", kGrammar);
    return limit;
}

namespace {
bool is_permissions(std::string_view text) { return consists_of(text, "rwm") && text.size() <= 3; }
}  // namespace

DeviceConfig parse_device(std::string_view text) {
    constexpr std::string_view kGrammar = "HOST[:CONTAINER][:PERMISSIONS], PERMISSIONS of r, w, m";
    const auto parts = split(text, ':');
    if (parts.size() > 3) refuse("--device", text, "has too many colons", kGrammar);
    if (!parts[0].starts_with('/')) refuse("--device", text, "does not begin with the path of a device", kGrammar);
    DeviceConfig device{clean_absolute("--device", parts[0]), {}};
    const bool two_is_path = parts.size() > 1 && parts[1].starts_with('/');
    if (parts.size() == 3 && !two_is_path) refuse("--device", text, "the second field is no path", kGrammar);
    device.container_path = clean_absolute("--device", two_is_path ? parts[1] : parts[0]);
    const bool has_permissions = parts.size() == 3 || (parts.size() == 2 && !two_is_path);
    if (!has_permissions) return device;
    if (!is_permissions(parts.back())) refuse("--device", text, concat(quote(parts.back()), " are no permissions"), kGrammar);
    device.permissions = parts.back();
    return device;
}

DeviceRule parse_device_rule(std::string_view text) {
    constexpr std::string_view kGrammar = "\"TYPE MAJOR:MINOR ACCESS\", for instance \"c 13:* rwm\"";
    const auto words = split(text, ' ');
    const auto numbers = words.size() == 3 ? split(words[1], ':') : std::vector<std::string>{};
    if (numbers.size() != 2 || words[0].size() != 1 || std::string_view{"abc"}.find(words[0][0]) == std::string_view::npos ||
        !is_permissions(words[2])) {
        refuse("--device-cgroup-rule", text, "is malformed", kGrammar);
    }
    const auto number = [&](const std::string& value) -> std::optional<std::int64_t> {
        if (value == "*") return std::nullopt;
        const auto parsed = parse_uint(value);
        if (!parsed || *parsed > 0xffffffffU) refuse("--device-cgroup-rule", text, concat(quote(value), " is no device number"), kGrammar);
        return static_cast<std::int64_t>(*parsed);
    };
    return {words[0][0], number(numbers[0]), number(numbers[1]), words[2]};
}

}  // namespace skiff::libpod
