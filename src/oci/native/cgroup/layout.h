#pragma once
/// Where the host has its cgroup hierarchies.
///
/// Source: cgroups(7); /proc/self/mountinfo (proc_pid_mountinfo(5)); /proc/self/cgroup.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::oci::native::cgroup {

namespace fs = std::filesystem;

enum class Mode {
    Legacy,   ///< v1 hierarchies only
    Hybrid,   ///< v1 hierarchies and a v2 tree beside them
    Unified,  ///< one v2 tree
};

struct Hierarchy {
    std::string controllers;  ///< "cpu,cpuacct", "name=systemd"; empty: v2
    fs::path mount_point;
    std::string root;         ///< the cgroup that the mount point shows, seen from our cgroup namespace: "/"
    std::string own;          ///< our own cgroup, from /proc/self/cgroup

    bool has(std::string_view controller) const;
    /// The directory of cgroup `path` (absolute in the hierarchy).
    fs::path directory(const std::string& path) const;
};

struct Layout {
    Mode mode = Mode::Legacy;
    std::vector<Hierarchy> v1;
    std::optional<Hierarchy> unified;

    const Hierarchy* find_v1(std::string_view controller) const;
};

/// From the texts of the two files. Later mounts of the same hierarchy are ignored.
Layout parse_layout(std::string_view mountinfo, std::string_view self_cgroup);
/// Cgroups are mounted read-only, as in a container that is not privileged: none can be made. Asked of the first hierarchy.
bool is_read_only(const Layout& layout);
/// This host's. Throws Error{Unsupported} when no hierarchy is mounted.
Layout read_layout();

}  // namespace skiff::oci::native::cgroup
