#pragma once
/// The cgroup of one container: a directory of the same path in every mounted hierarchy.
///
/// Needs no record but its path: made, limited, entered, frozen, killed and removed by name. Throws SystemError unless
/// said otherwise. Source: cgroups(7), the kernel's admin-guide/cgroup-v1 and cgroup-v2.

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "oci/native/cgroup/layout.h"
#include "oci/native/spec.h"
#include "util/fd.h"

namespace skiff::oci::native::cgroup {

/// The spec's cgroupsPath, or the default below "/skiff", as an absolute path without "." and "..".
/// Throws ConfigInvalid.
std::string container_path(const std::string& cgroups_path, const std::string& id);

class Cgroup {
public:
    Cgroup(Layout layout, std::string path) : layout_{std::move(layout)}, path_{std::move(path)} {}

    const Layout& layout() const noexcept { return layout_; }
    const std::string& path() const noexcept { return path_; }

    /// The v2 directory alone, for CLONE_INTO_CGROUP; an empty UniqueFd on a legacy host. Enables the controllers in
    /// the ancestors when the tree is unified.
    UniqueFd make_unified();
    /// The v1 directories.
    void make_legacy();
    /// Limits and device rules. `first`: the cgroup is new and has no process yet.
    void apply(const Resources& resources, bool first);
    /// Moves the calling thread, the only one of its process, into all v1 hierarchies; into v2 too with `unified`.
    void enter(bool unified) const;
    /// Moves another process.
    void attach(pid_t pid) const;

    bool exists() const;
    /// Every process in it and below.
    std::vector<pid_t> processes() const;
    /// A signal to every process in it and below; SIGKILL leaves none, also of those that fork meanwhile.
    void signal_all(int signal) const;
    void freeze() const;
    void thaw() const;
    bool frozen() const;
    /// Removes it with what is below it. Processes still in it are killed. Absent is fine.
    void remove() const;
    /// Files whose change tells an OOM kill: memory.events or memory.oom_control; empty when there is none.
    fs::path oom_file() const;
    /// The counter of OOM kills so far.
    std::uint64_t oom_kills() const;

private:
    UniqueFd open(const Hierarchy& hierarchy) const;
    bool clear_once() const;

    Layout layout_;
    std::string path_;
};

namespace detail {
/// v1: whether apply_legacy() can have anything to write there (freezer, cpuacct and named hierarchies have no limits).
bool has_limits(const Hierarchy& hierarchy);
/// v1: applies what belongs to `controller`, a directory of its hierarchy being open.
void apply_legacy(const Hierarchy& hierarchy, int directory, const Resources& resources, bool first);
void apply_unified(int directory, const Resources& resources, bool first);
/// cpuset needs CPUs and nodes at each level before a process may enter.
void inherit_cpuset(int parent, int directory);
/// mkdir -p of a cgroup; `each` sees (parent, made) for every level.
UniqueFd make_levels(const Hierarchy& hierarchy, const std::string& path, void (*each)(int parent, int directory));
/// Rules that every container needs, after those of the spec. Source: runtime-spec, config-linux.md, Default Devices.
std::vector<DeviceRule> with_default_devices(const std::vector<DeviceRule>& rules);
}  // namespace detail

}  // namespace skiff::oci::native::cgroup
