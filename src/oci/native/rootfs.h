#pragma once
/// The container's view of the file system, built by its init process in its own mount namespace. Everything is reached
/// from one descriptor of the root (rootfs_path.h); the container's programs do not run yet, but those of others that
/// share a volume may, and swap what they can.

#include <functional>

#include "oci/native/init_plan.h"
#include "util/fd.h"

namespace skiff::oci::native {

class Rootfs {
public:
    explicit Rootfs(InitPlan& plan) : plan_{plan}, spec_{*plan.spec} {}

    /// Cuts propagation to the host and attaches the root on top of "/"; in the host's own mount namespace, on its own
    /// directory.
    void attach_root();
    /// The spec's mounts, in order. `before_cgroup` runs before the first cgroup mount: the process must be in its
    /// cgroups, and in its cgroup namespace, by then.
    void make_mounts(const std::function<void()>& before_cgroup);
    /// Device nodes and links in /dev.
    void make_devices();
    /// Opens a terminal of the container's own devpts, puts it on /dev/console and gives back its slave; the master goes
    /// to the console socket.
    UniqueFd make_console();
    /// Masked and read-only paths, then the root's own attributes.
    void restrict();
    /// pivot_root; the host's tree is gone afterwards. In the host's own mount namespace, chroot.
    void enter();

    int root() const noexcept { return root_.get(); }

private:
    InitPlan& plan_;
    const Spec& spec_;
    UniqueFd root_;
};

namespace detail {
/// The parts of Rootfs that have files of their own.
/// Keeps a plain procfs in plan.own_proc.
void mount_one(int root, const Spec& spec, InitPlan& plan, std::size_t index);
void mount_cgroups(int root, const InitPlan& plan, const Mount& mount);
/// What the options of the mount said of its own directory; the rest is the covered directory's.
struct KeptMetadata {
    bool mode = false, owner = false, group = false;
};
void copy_up(int from, int to, KeptMetadata kept);
void make_device_nodes(int root, const Spec& spec);
UniqueFd open_console(int root, const InitPlan& plan);
/// For a further process: a terminal of the container that it joined, /dev/console untouched.
UniqueFd open_exec_terminal(int root, const InitPlan& plan);
void mask_path(int root, const Spec& spec, const std::string& path);
void make_read_only(int root, const std::string& path);
/// "context=…" for a new file system when the spec labels mounts and SELinux is there; empty otherwise.
std::string label_option(const Spec& spec);
}  // namespace detail

}  // namespace skiff::oci::native
