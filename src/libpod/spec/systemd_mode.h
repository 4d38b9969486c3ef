#pragma once
/// Containers whose init is systemd. Source: podman-run(1), --systemd; systemd's Container Interface.

#include <string>
#include <string_view>
#include <vector>

namespace skiff::libpod {

/// Whether --systemd `mode` ("true", "false", "always") means it for this argument vector: the known paths of init, or a program
/// called systemd, also behind `sh -c`. Throws Error{Invalid} for another mode.
bool is_systemd_mode(std::string_view mode, const std::vector<std::string>& argv);

/// SIGRTMIN+3: systemd halts. Source: systemd(1), SIGNALS.
constexpr int kSystemdStopSignal = 37;

/// What systemd wants to be file systems in memory.
constexpr const char* kSystemdTmpfs[] = {"/run", "/run/lock", "/tmp", "/var/log/journal"};

}  // namespace skiff::libpod
