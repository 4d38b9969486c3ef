#pragma once
/// All that the init process of a container needs, made ready by the runtime before it clones: the child inherits it
/// as memory and descriptors, and nothing has to be parsed or passed again.

#include <linux/filter.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "oci/native/cgroup/cgroup.h"
#include "oci/native/channel.h"
#include "oci/native/spec.h"
#include "util/fd.h"

namespace skiff::oci::native {

struct StdioFds {
    int in = 0;  ///< -1: /dev/null
    int out = 1;
    int err = 2;
};

struct InitPlan {
    const Spec* spec = nullptr;
    const Process* process = nullptr;  ///< the spec's, or that of an exec
    std::string id;
    std::filesystem::path bundle;
    const cgroup::Cgroup* cgroup = nullptr;
    bool unified_entered = false;  ///< by CLONE_INTO_CGROUP

    UniqueFd root;                  ///< detached tree of mounts at root.path; empty: by path (old kernel)
    std::vector<UniqueFd> mounts;   ///< one per spec mount: a finished detached bind mount, or empty
    UniqueFd own_proc;              ///< set by the child: the root of the container's own procfs, when it mounted one
    UniqueFd mount_namespace;       ///< to join instead of a new one
    UniqueFd console_socket;        ///< connected; gets the terminal's master
    UniqueFd notify_socket;         ///< connected; gets the seccomp listener
    UniqueFd gate;                  ///< the stub reads one byte before the program runs: start_gate.h; of an exec a pipe, or nothing
    UniqueFd result;
    UniqueFd stub;                  ///< sealed memfd
    Channel channel;                ///< the child's end
    UniqueFd host_null;             ///< opened when a standard descriptor is -1
    StdioFds stdio;
    int preserve_fds = 0;
    bool no_pivot = false;
    bool no_new_keyring = false;
    bool ends_with_caller = false;  ///< killed when the process that called the runtime ends first
};

/// What the runtime learns while the child already works: sent with Note::Prepared.
struct Preparation {
    std::uint32_t seccomp_flags = 0;
    std::vector<sock_filter> seccomp;
    pid_t pid = 0;      ///< of the new process, as the runtime sees it
    std::string state;  ///< the container's state as JSON, for hooks in the container and the seccomp listener
    bool filter_lets_wait = true;  ///< the filter allows what the stub does between it and the program
};
std::string pack(const Preparation& preparation);
Preparation unpack_preparation(const std::string& bytes);

}  // namespace skiff::oci::native
