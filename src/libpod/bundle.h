#pragma once
/// The bundle of a container: RUNROOT/<id> with config.json and the generated files that it mounts.
/// Source: runtime-spec, bundle.md.

#include <filesystem>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "libpod/container_config.h"
#include "libpod/mount_sources.h"
#include "libpod/spec/inputs.h"
#include "libpod/spec/network_facts.h"
#include "oci/monitor/monitor.h"

namespace skiff::libpod {

namespace fs = std::filesystem;
class Runtime;

/// What the database knows and the launcher cannot ask for.
struct BundleInputs {
    std::map<std::string, fs::path> joined_namespaces;  ///< by OCI name
    MountPlan mounts;
    NetworkFacts network;
    std::vector<fs::path> hooks_dirs;                   ///< of OCI hooks; later ones win
    bool notifies = false;                              ///< the container is given a socket to say that it is ready
    ProcessIdentity ipc_owner;                          ///< init of the container whose IPC namespace is joined
};

/// Namespaces of other containers as /proc paths. Throws Error{WrongState} when such a container does not run.
BundleInputs bundle_inputs(const Runtime& runtime, const ContainerConfig& config, NetworkFacts network, const StartVolumes& volumes);

struct StartedBundle {
    ResolvedUser user;
    nlohmann::json spec;       ///< what config.json will say, perhaps but for linux.seccomp
    HostFacts host;
    bool seccomp_due = false;  ///< the host's default profile is still to be read
};

/// Writes the generated files into `run_dir`; `rootfs` is mounted, and `shm_dir` the /dev/shm of the container whose IPC namespace is
/// joined (empty: none).
StartedBundle begin_bundle(const ContainerConfig& config, const fs::path& run_dir, const fs::path& rootfs,
                           const BundleInputs& inputs, const fs::path& shm_dir);

/// Completes the specification, writes it as config.json and gives back that text. Reading a default profile takes 0.3 ms, which
/// init's birth need not wait for.
std::string complete_bundle(const ContainerConfig& config, const fs::path& run_dir, StartedBundle& bundle);

/// What the container calls itself: its own, the host's or the short ID.
std::string hostname_of(const ContainerConfig& config);

/// The user `user` (as in --user; empty: root) below the directory `rootfs_fd`.
ResolvedUser resolve_user(int rootfs_fd, const std::string& user, const std::vector<std::string>& groups);

/// Where and how the container's output is logged.
oci::monitor::LogPlan log_plan_of(const Runtime& runtime, const ContainerConfig& config);

}  // namespace skiff::libpod
