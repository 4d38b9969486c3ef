#pragma once
/// What a process that is executed in a container is to be: from the words of the command to the spec's process object.

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

#include "libpod/container.h"
#include "libpod/spec/make_spec.h"

namespace skiff::libpod {

struct AskedProcess {
    ExecConfig exec;
    std::string user;
    std::vector<std::string> groups;
};

AskedProcess asked_process(const Runtime& runtime, const ContainerRow& row, const ContainerConfig& config, const ExecOptions& options);

/// The user as /etc/passwd and /etc/group of the running container have it. Throws Error{WrongState} when init has ended, Error{Invalid}
/// for a working directory that is not absolute, about which the runtimes disagree.
ResolvedUser user_of(const ContainerRow& row, const AskedProcess& asked);

}  // namespace skiff::libpod
