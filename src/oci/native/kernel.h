#pragma once
/// System calls that the C library does not wrap, as thin as possible: results and errno as the kernel gives them.

#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdint>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#ifndef MOVE_MOUNT_BENEATH
#define MOVE_MOUNT_BENEATH 0x200
#endif

namespace skiff::oci::native::kernel {

/// clone3(2); 0 in the child.
inline pid_t clone3(clone_args& args) { return static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args)); }

inline int open_tree(int dir, const char* path, unsigned flags) {
    return static_cast<int>(::syscall(SYS_open_tree, dir, path, flags));
}
inline int move_mount(int from, const char* from_path, int to, const char* to_path, unsigned flags) {
    return static_cast<int>(::syscall(SYS_move_mount, from, from_path, to, to_path, flags));
}
inline int fsopen(const char* type, unsigned flags) { return static_cast<int>(::syscall(SYS_fsopen, type, flags)); }
inline int fsconfig(int context, unsigned command, const char* key, const void* value, int extra) {
    return static_cast<int>(::syscall(SYS_fsconfig, context, command, key, value, extra));
}
inline int fsmount(int context, unsigned flags, unsigned attributes) {
    return static_cast<int>(::syscall(SYS_fsmount, context, flags, attributes));
}
inline int mount_setattr(int dir, const char* path, unsigned flags, const mount_attr& attributes) {
    return static_cast<int>(::syscall(SYS_mount_setattr, dir, path, flags, &attributes, sizeof attributes));
}
inline int openat2(int dir, const char* path, const open_how& how) {
    return static_cast<int>(::syscall(SYS_openat2, dir, path, &how, sizeof how));
}
inline int pidfd_open(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }
inline int close_range(unsigned first, unsigned last, unsigned flags) {
    return static_cast<int>(::syscall(SYS_close_range, first, last, flags));
}
inline int pivot_root(const char* new_root, const char* put_old) {
    return static_cast<int>(::syscall(SYS_pivot_root, new_root, put_old));
}
inline int execveat(int dir, const char* path, char* const* argv, char* const* env, int flags) {
    return static_cast<int>(::syscall(SYS_execveat, dir, path, argv, env, flags));
}

}  // namespace skiff::oci::native::kernel
