#include "libpod/host_checks.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "libpod/parse/refuse.h"
#include "libpod/spec/capabilities.h"
#include "libpod/spec/parts.h"
#include "libpod/spec/seccomp.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

namespace fs = std::filesystem;

void check_seccomp_file(const std::string& file) {
    if (file.empty() || file == "unconfined") return;
    in_context("--security-opt seccomp", [&] { parse_seccomp_profile(read_file(file, /*limit_bytes=*/4U << 20), file); });
}

void check_capabilities(const ContainerConfig& config) {
    if (!config.cap_add.empty()) bounding_capabilities(config, probe_host());
}

void check_apparmor(const ContainerConfig& config) {
    const std::string& profile = config.security.apparmor_profile;
    if (profile.empty() || profile == "unconfined" || config.privileged || probe_host().apparmor) return;
    throw Error{ErrorKind::Unsupported, concat("AppArmor profile ", quote(profile), ": AppArmor is not enabled on this host")};
}

void check_namespace_files(const Namespaces& modes) {
    for (const NamespaceMode* mode : {&modes.pid, &modes.ipc, &modes.network, &modes.uts, &modes.user, &modes.cgroup}) {
        struct stat info {};
        if (mode->kind != NamespaceKind::Path || ::stat(mode->value.c_str(), &info) == 0) continue;
        throw SystemError{errno, concat("namespace ", quote(mode->value))};
    }
}

/// What depends on devices and on the kind of cgroups.
void check_resources(const Resources& resources) {
    const bool depends = !resources.unified.empty() || !resources.blkio_weight_device.empty() || !resources.device_read_bps.empty() ||
                         !resources.device_write_bps.empty() || !resources.device_read_iops.empty() || !resources.device_write_iops.empty();
    if (depends) resources_part(resources, probe_host());
}

/// The highest number of a list like "0-3,5"; nullopt for what is none.
std::optional<std::uint64_t> highest_of(std::string_view list) {
    std::optional<std::uint64_t> highest;
    for (const std::string& range : split(trim(list), ',')) {
        const auto number = parse_uint(range.substr(range.rfind('-') + 1));
        if (!number) return std::nullopt;
        highest = std::max(highest.value_or(0), *number);
    }
    return highest;
}

/// Only what no cgroup of this host can have: what the parent cgroup allows, the start finds out.
void check_within(const char* flag, const std::string& list, const char* host_file) {
    const auto text = list.empty() ? std::nullopt : read_file_if_exists_at(AT_FDCWD, host_file, /*limit_bytes=*/4096);
    if (!text) return;
    const auto wanted = highest_of(list);
    const auto there = highest_of(*text);
    if (wanted && there && *wanted > *there) refuse(flag, list, concat("the host has ", trim(*text)));
}

}  // namespace

void check_against_host(const ContainerConfig& config) {
    check_seccomp_file(config.security.seccomp_profile);
    check_capabilities(config);
    check_apparmor(config);
    check_namespace_files(config.namespaces);
    check_resources(config.resources);
    check_within("--cpuset-cpus", config.resources.cpuset_cpus, "/sys/devices/system/cpu/present");
    check_within("--cpuset-mems", config.resources.cpuset_mems, "/sys/devices/system/node/has_memory");
    time_zone_file(config);
}

fs::path time_zone_file(const ContainerConfig& config) {
    if (config.time_zone.empty()) return {};
    const fs::path zone = config.time_zone == "local" ? fs::path{"/etc/localtime"} : fs::path{"/usr/share/zoneinfo"} / config.time_zone;
    std::error_code missing;
    const fs::path resolved = fs::canonical(zone, missing);
    if (missing) throw Error{ErrorKind::NotFound, concat("time zone ", quote(config.time_zone), ": no file ", quote(zone.native()))};
    return resolved;
}

}  // namespace skiff::libpod
