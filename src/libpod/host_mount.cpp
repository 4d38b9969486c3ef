#include "libpod/host_mount.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "libpod/container_events.h"
#include "libpod/container_root.h"
#include "libpod/lifecycle.h"
#include "state/intent.h"
#include "storage/mount_point.h"
#include "storage/overlay.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr const char* kCount = "mounts";

int count_of(const ContainerRow& row) { return static_cast<int>(int_or(parse_json(row.state.details, "container details"), kCount)); }

std::string with_count(const std::string& details, int count) {
    Json document = parse_json(details, "container details");
    if (count == 0) document.erase(kCount);
    else document[kCount] = count;
    return dump(document);
}

/// Inside another process's mount namespace until destruction, which also restores the working directory.
class [[nodiscard]] MountNamespaceVisit {
public:
    explicit MountNamespaceVisit(pid_t pid)
        : own_{open_at(AT_FDCWD, "/proc/self/ns/mnt", O_RDONLY)}, directory_{open_at(AT_FDCWD, ".", O_PATH | O_DIRECTORY)} {
        const UniqueFd theirs = open_at(AT_FDCWD, concat("/proc/", pid, "/ns/mnt"), O_RDONLY);
        if (::setns(theirs.get(), CLONE_NEWNS) != 0) throw SystemError{errno, "joining a container's mount namespace"};
    }
    MountNamespaceVisit(const MountNamespaceVisit&) = delete;
    MountNamespaceVisit& operator=(const MountNamespaceVisit&) = delete;
    ~MountNamespaceVisit() {
        // Elsewhere than at home, whatever came next would be wrong.
        if (::setns(own_.get(), CLONE_NEWNS) != 0 || ::fchdir(directory_.get()) != 0) ::_exit(125);
    }

private:
    UniqueFd own_;
    UniqueFd directory_;
};

/// The root mount of a container whose init lives, as a further mount: writable and private, whatever it is there.
UniqueFd clone_running_root(const ContainerRow& row) {
    UniqueFd mount = [&] {
        const MountNamespaceVisit visit{row.state.init.pid};
        return storage::clone_mount("/");
    }();
    if (!is_alive(row.state.init)) throw Error{ErrorKind::WrongState, concat("container ", quote(row.name), " has just ended")};
    mount_attr attributes{};
    attributes.attr_clr = MOUNT_ATTR_RDONLY;
    attributes.propagation = MS_PRIVATE;
    if (::mount_setattr(mount.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) != 0) {
        throw SystemError{errno, concat("changing the mount of container ", quote(row.name))};
    }
    return mount;
}

UniqueFd detached_root(const Runtime& runtime, const ContainerRow& row, const ContainerConfig& config) {
    if (is_alive(row.state.init)) return clone_running_root(row);
    return storage::mount_overlay(*container_overlay(runtime, config));
}

void attach(const Runtime& runtime, const ContainerRow& row, const ContainerConfig& config) {
    const UniqueFd mount = detached_root(runtime, row, config);
    const fs::path target = host_mount_path(runtime, row.id);
    const UniqueFd all = make_directory(target.parent_path(), 0700);
    const UniqueFd made = make_directory_at(all.get(), row.id, 0700);
    storage::attach_mount(mount.get(), target);
}

/// `step` as one that repair_host_mount() can finish or undo; `count` is recorded with its end.
template <typename Step>
void recorded(const Runtime& runtime, ContainerRow& row, std::string_view name, int count, Step&& step) {
    std::int64_t intent = 0;
    const bool mounted = is_host_mounted(runtime, row.id);
    commit_change(runtime, row, {}, [&](ContainerState& state) {
        if (!mounted) state.details = with_count(state.details, 0);  // of an earlier boot
        intent = state::begin_intent(runtime.db(), "container", row.id, name);
    });
    const auto end = [&](int recorded_count) {
        commit_change(runtime, row, {}, [&](ContainerState& state) {
            state.details = with_count(state.details, recorded_count);
            if (recorded_count == count) record_container_event(runtime.db(), row.id, name);
            state::finish_intent(runtime.db(), intent);
        });
    };
    try {
        step();
        fault_point("host-mount:done");
    } catch (const Error&) {
        if (!mounted) drop_host_mount(runtime, row.id);
        end(mounted ? count_of(row) : 0);
        throw;
    }
    end(count);
}

bool is_plain_directory(const ContainerConfig& config) { return !config.rootfs.empty() && !config.rootfs_overlay; }

}  // namespace

fs::path host_mount_path(const Runtime& runtime, const std::string& id) { return runtime.options().runroot / "mounts" / id; }

bool is_host_mounted(const Runtime& runtime, const std::string& id) { return storage::is_mount_point(host_mount_path(runtime, id)); }

fs::path mount_on_host(Container& container) {
    const auto& runtime = container.runtime();
    const auto& config = container.config();
    if (is_plain_directory(config)) return config.rootfs;
    auto locked = lock_container(runtime, container.id(), kLockTimeout);
    const auto global = runtime.step_lock();
    settle_locked(runtime, locked.row, "found by mount");
    const bool mounted = is_host_mounted(runtime, container.id());
    recorded(runtime, locked.row, "mount", mounted ? count_of(locked.row) + 1 : 1, [&] {
        if (!mounted) attach(runtime, locked.row, config);
    });
    return host_mount_path(runtime, container.id());
}

void unmount_from_host(Container& container, bool force) {
    const auto& runtime = container.runtime();
    auto locked = lock_container(runtime, container.id(), kLockTimeout);
    const auto global = runtime.step_lock();
    if (!is_host_mounted(runtime, container.id())) return;
    const int left = force ? 0 : std::max(0, count_of(locked.row) - 1);
    recorded(runtime, locked.row, "unmount", left, [&] {
        if (left > 0) return;
        try {
            storage::unmount(host_mount_path(runtime, container.id()), force);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::InUse) throw;
            throw Error{ErrorKind::InUse, concat("container ", quote(container.name()), ": its mount is in use"), "--force detaches it"};
        }
    });
}

void drop_host_mount(const Runtime& runtime, const std::string& id) { storage::unmount(host_mount_path(runtime, id), /*detach=*/true); }

void repair_host_mount(const Runtime& runtime, const ContainerRow& row) {
    if (count_of(row) == 0) drop_host_mount(runtime, row.id);
}

}  // namespace skiff::libpod
