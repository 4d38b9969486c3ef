/* What known escapes from containers begin with, tried one by one.
 *
 * usage: probes        Prints one line a probe, "NAME refused: REASON" or "NAME ALLOWED". Nothing is changed where a probe
 *                      is allowed: each stops at the first call that shows it. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_alg.h>
#include <linux/keyctl.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void tell(const char* name, long result) {
  if (result >= 0) printf("%s ALLOWED\n", name);
  else printf("%s refused: %s\n", name, strerror(errno));
}

/* In a child of its own, which the call changes. */
static void tell_of_unshare(const char* name, int flags) {
  int answer[2];
  if (pipe(answer) != 0) return;
  if (fork() == 0) {
    int error = unshare(flags) == 0 ? 0 : errno;
    _exit(write(answer[1], &error, sizeof error) == sizeof error ? 0 : 1);
  }
  int error = EIO;
  if (read(answer[0], &error, sizeof error) != sizeof error) error = EIO;
  errno = error;
  tell(name, error == 0 ? 0 : -1);
}

static void tell_of_write(const char* path) { tell(path, open(path, O_WRONLY)); }

/* Unreadable, or readable and empty: masked. */
static void tell_of_read(const char* path) {
  char byte;
  const int fd = open(path, O_RDONLY);
  const long got = fd < 0 ? -1 : read(fd, &byte, 1);
  if (got == 0) {
    errno = ENODATA;
    tell(path, -1);
  } else {
    tell(path, got);
  }
}

int main(void) {
  tell_of_unshare("unshare(user)", CLONE_NEWUSER);
  tell_of_unshare("unshare(mount)", CLONE_NEWNS);
  tell_of_unshare("unshare(cgroup)", CLONE_NEWCGROUP);
  tell_of_unshare("unshare(net)", CLONE_NEWNET);
  tell("mount(tmpfs)", mount("none", "/tmp", "tmpfs", 0, ""));
  tell("mount(cgroup)", mount("none", "/tmp", "cgroup", 0, "none,name=skiff-probe"));
  tell("pivot_root", syscall(SYS_pivot_root, ".", "."));
  tell("fsopen", syscall(SYS_fsopen, "ext4", 0));
  tell("open_tree(clone)", syscall(SYS_open_tree, AT_FDCWD, "/", 1));
  tell("setns", setns(open("/proc/self/ns/uts", O_RDONLY), 0));
  tell("keyctl", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1, 0, 0));
  tell("add_key", syscall(SYS_add_key, "user", "probe", "x", 1, KEY_SPEC_PROCESS_KEYRING));
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = attributes.value_size = 4;
  attributes.max_entries = 1;
  tell("bpf(map)", syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes));
  tell("userfaultfd", syscall(SYS_userfaultfd, 0));
  tell("perf_event_open", syscall(SYS_perf_event_open, 0, 0, -1, -1, 0));
  tell("io_uring_setup", syscall(SYS_io_uring_setup, 1, 0));
  tell("kexec_load", syscall(SYS_kexec_load, 0, 0, 0, 0xffffUL));
  tell("init_module", syscall(SYS_init_module, "", 0, ""));
  tell("open_by_handle_at", syscall(SYS_open_by_handle_at, AT_FDCWD, 0, 0));
  tell("ptrace(init)", syscall(SYS_ptrace, 16 /* PTRACE_ATTACH */, 1, 0, 0));
  tell("reboot", syscall(SYS_reboot, 0, 0, 0, 0));
  tell("swapon", syscall(SYS_swapon, "/nosuch", 0));
  tell("settimeofday", syscall(SYS_settimeofday, 0, 0));
  tell("iopl", syscall(SYS_iopl, 3));
  tell("socket(AF_ALG)", socket(AF_ALG, SOCK_SEQPACKET, 0));
  tell("socket(AF_VSOCK)", socket(40, SOCK_STREAM, 0));
  tell("socket(packet)", socket(AF_PACKET, SOCK_RAW, 0));
  tell("mknod(disk)", mknod("/tmp/disk", S_IFBLK | 0600, makedev(7, 0)) < 0 ? -1 : open("/tmp/disk", O_RDONLY));
  tell_of_write("/proc/sys/kernel/core_pattern");
  tell_of_write("/proc/sys/kernel/modprobe");
  tell_of_write("/proc/sys/vm/panic_on_oom");
  tell_of_write("/proc/sysrq-trigger");
  tell_of_write("/proc/irq/default_smp_affinity");
  tell_of_write("/sys/kernel/uevent_helper");
  tell_of_write("/sys/fs/cgroup/release_agent");
  tell_of_write("/sys/fs/cgroup/memory/release_agent");
  tell_of_write("/sys/fs/cgroup/memory/cgroup.procs");
  tell_of_write("/sys/fs/cgroup/cgroup.procs");
  tell_of_read("/proc/kcore");
  tell_of_read("/proc/keys");
  tell_of_read("/proc/timer_list");
  tell_of_read("/sys/firmware/dmi");
  tell_of_read("/dev/mem");
  tell_of_read("/dev/kmsg");
  tell("umount(/proc)", umount2("/proc", MNT_DETACH));
  return 0;
}
