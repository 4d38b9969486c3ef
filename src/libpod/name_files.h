#pragma once
/// /etc/hosts and /etc/resolv.conf of a container: written at each start into RUNROOT/<id>, and changed in place while it runs,
/// because it has the files themselves mounted (as have those who share its network).

#include <filesystem>
#include <optional>
#include <string>

#include "libpod/container_config.h"
#include "libpod/spec/network_facts.h"

namespace skiff::libpod {

namespace fs = std::filesystem;

/// nullopt with --no-hosts. `rootfs_fd`: for the image's own file (--hosts-file image); -1 begins with nothing.
std::optional<std::string> hosts_text(const ContainerConfig& config, const NetworkFacts& network, int rootfs_fd);
std::string resolv_conf_text(const ContainerConfig& config, const NetworkFacts& network);

/// What differs between the two is changed in the files of a running container, and nothing else: what its programs wrote into
/// them stays. Absent files are passed over. Throws SystemError.
void refresh_name_files(const fs::path& run_dir, const ContainerConfig& config, const NetworkFacts& before, const NetworkFacts& after);

/// `current` without the lines that only `before` has and with those that only `after` has: at its beginning (`added_first`) or
/// end. When it is `before` still, it is `after`.
std::string with_changed_lines(const std::string& current, const std::string& before, const std::string& after, bool added_first);

}  // namespace skiff::libpod
