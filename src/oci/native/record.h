#pragma once
/// What the runtime keeps of a container: ROOT/<id>/state.json beside its config.json.

#include <filesystem>
#include <string>

#include "oci/native/spec.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/process.h"

namespace skiff::oci::native {

struct Record {
    std::string id;
    std::filesystem::path bundle;
    std::filesystem::path rootfs;
    ProcessIdentity init;
    std::string cgroup_path;   ///< in every hierarchy
    std::string systemd_unit;  ///< its scope, when systemd made the cgroup
    /// Without a mount namespace of its own: the mount on rootfs that ends with the container. Source: statx(2), stx_mnt_id.
    std::uint64_t host_mount = 0;
    bool chrooted = false;     ///< its root is not that of its mount namespace
    bool own_pids = false;     ///< a PID namespace of its own: no process of it outlives init
    bool late_hooks = false;   ///< the spec has poststart or poststop hooks: config.json has to be read for them
    UnixNanos created_at = 0;
};

void write_record(int directory, const Record& record);
/// Throws Error{Corrupt} for a damaged file, NotExists when there is none.
Record read_record(int directory, const std::string& id);

/// The `state` document of the runtime spec. Source: runtime-spec, runtime.md, State.
std::string state_document(const Record& record, const char* status, pid_t pid, const Spec& spec);

}  // namespace skiff::oci::native
