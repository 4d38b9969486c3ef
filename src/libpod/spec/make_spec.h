#pragma once
/// The OCI runtime configuration of a container. Source: runtime-spec 1.0.2, config.md and config-linux.md.

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

#include "libpod/container_config.h"
#include "libpod/spec/inputs.h"

namespace skiff::libpod {

/// The same configuration and inputs give the same document; only the numbers of throttled block devices are looked up in
/// the host's /dev. Throws Error{Invalid} or Error{Unsupported} for
/// what this host cannot give (a cgroup v2 file on v1, a capability outside the bounding set).
nlohmann::json make_spec(const ContainerConfig& config, const SpecInputs& inputs);

/// A further process in a running container (exec). Source: runtime-spec, config.md, Process.
struct ExecConfig {
    std::vector<std::string> command;
    std::vector<std::string> env;      ///< "NAME=value", over the container's own
    std::string work_dir;              ///< empty: the container's
    bool terminal = false;
    bool privileged = false;
    bool user_given = false;           ///< --user was said: capabilities follow T13's rules for that user
};
nlohmann::json make_exec_process(const ContainerConfig& config, const ResolvedUser& user, const HostFacts& host,
                                 const ExecConfig& exec);

}  // namespace skiff::libpod
