#pragma once
/// What a configuration names on the host, looked for when the container is created: a mistake is an error of `create`, not of every
/// later start. A start looks again: hosts change.

#include <filesystem>

#include "libpod/container_config.h"

namespace skiff::libpod {

/// Seccomp profile, AppArmor profile, capabilities, time zone, namespace files, processors, throttled devices. Looks only for what is named, and
/// changes nothing. Throws Error naming what is missing.
void check_against_host(const ContainerConfig& config);

/// The file of --tz, links followed; empty when no zone is set. Throws Error{NotFound} when the host has no such zone.
std::filesystem::path time_zone_file(const ContainerConfig& config);

}  // namespace skiff::libpod
