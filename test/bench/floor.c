/* The floor: the system calls that one container start cannot do without, and nothing else. What skiff adds to this is
 * its own.
 *
 * usage: floor [-n ROUNDS] LOWERDIR SCRATCH PROGRAM [ARG...]
 *
 * Per round: clone with 5 namespaces, overlay (volatile), proc, sysfs, tmpfs on /dev, devpts, tmpfs on /dev/shm, mqueue, 6 device
 * nodes, a cgroup in each mounted v1 hierarchy and the attach to it, pivot_root, a filter of 300 instructions, execve,
 * wait, removal of cgroups and of the upper directory. Prints median and minimum in milliseconds.
 *
 * Build: cc -O2 -static -o floor floor.c */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_HIERARCHIES = 32, FILTER_LENGTH = 300, MAX_ROUNDS = 10000 };

static char* hierarchies[MAX_HIERARCHIES];
static int hierarchy_count;

static void check(int failed, const char* what) {
  if (!failed) return;
  fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void find_hierarchies(void) {
  FILE* mounts = fopen("/proc/self/mounts", "r");
  char source[256], target[256], type[64], rest[1024];
  check(mounts == NULL, "/proc/self/mounts");
  while (fscanf(mounts, "%255s %255s %63s %1023[^\n]", source, target, type, rest) == 4) {
    if (strcmp(type, "cgroup") == 0 && hierarchy_count < MAX_HIERARCHIES) hierarchies[hierarchy_count++] = strdup(target);
  }
  fclose(mounts);
}

static void write_text(const char* path, const char* text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  check(fd < 0, path);
  check(write(fd, text, strlen(text)) < 0, path);
  close(fd);
}

static void cgroup_path(char* path, size_t size, int index, const char* file) {
  snprintf(path, size, "%s/skiff-floor-%d%s", hierarchies[index], (int)getpid(), file);
}

static void make_cgroups(void) {
  char path[512], parent[512], text[256];
  for (int i = 0; i < hierarchy_count; ++i) {
    cgroup_path(path, sizeof path, i, "");
    check(mkdir(path, 0755) != 0, path);
    for (int file = 0; strstr(hierarchies[i], "cpuset") != NULL && file < 2; ++file) {
      const char* name = file == 0 ? "/cpuset.cpus" : "/cpuset.mems";
      snprintf(parent, sizeof parent, "%s%s", hierarchies[i], name);
      const int fd = open(parent, O_RDONLY | O_CLOEXEC);
      const ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
      check(length < 0, parent);
      close(fd);
      text[length] = '\0';
      cgroup_path(path, sizeof path, i, name);
      write_text(path, text);
    }
  }
}

static void attach(pid_t pid) {
  char path[512], text[32];
  snprintf(text, sizeof text, "%d", (int)pid);
  for (int i = 0; i < hierarchy_count; ++i) {
    cgroup_path(path, sizeof path, i, "/cgroup.procs");
    write_text(path, text);
  }
}

static void remove_cgroups(void) {
  char path[512];
  for (int i = 0; i < hierarchy_count; ++i) {
    cgroup_path(path, sizeof path, i, "");
    check(rmdir(path) != 0, path);
  }
}

static void make_mounts(const char* lower, const char* scratch) {
  char options[2048], root[512];
  snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s/upper,workdir=%s/work,volatile", lower, scratch, scratch);
  snprintf(root, sizeof root, "%s/merged", scratch);
  check(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) != 0, "slave");
  check(mount("overlay", root, "overlay", 0, options) != 0, "overlay");
  check(chdir(root) != 0, root);
  mkdir("proc", 0755), mkdir("sys", 0755), mkdir("dev", 0755);
  check(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0, "proc");
  check(mount("sysfs", "sys", "sysfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0, "sysfs");
  check(mount("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755,size=64m") != 0, "dev");
  mkdir("dev/pts", 0755), mkdir("dev/shm", 01777), mkdir("dev/mqueue", 0755);
  check(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620") != 0, "devpts");
  check(mount("shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=64m") != 0, "shm");
  check(mount("mqueue", "dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0, "mqueue");
}

static void make_nodes(void) {
  static const struct { const char* path; int major, minor; } nodes[] = {
      {"dev/null", 1, 3}, {"dev/zero", 1, 5}, {"dev/full", 1, 7}, {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0}};
  for (unsigned i = 0; i < sizeof nodes / sizeof nodes[0]; ++i) {
    check(mknod(nodes[i].path, S_IFCHR | 0666, makedev((unsigned)nodes[i].major, (unsigned)nodes[i].minor)) != 0, nodes[i].path);
  }
}

static void enter_root(void) {
  check(syscall(SYS_pivot_root, ".", ".") != 0, "pivot_root");
  check(umount2(".", MNT_DETACH) != 0, "umount");
  check(chdir("/") != 0, "/");
}

static void load_filter(void) {
  struct sock_filter filter[FILTER_LENGTH];
  for (int i = 0; i < FILTER_LENGTH - 1; ++i) {
    filter[i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 100000U + (unsigned)i, 0, 0);
  }
  filter[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
  filter[FILTER_LENGTH - 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {FILTER_LENGTH, filter};
  check(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0, "seccomp");
}

struct child_arguments {
  const char* lower;
  const char* scratch;
  char** argv;
  int gate;
};

static int child(void* data) {
  struct child_arguments* arguments = data;
  char byte;
  umask(0);
  sethostname("floor", 5);
  make_mounts(arguments->lower, arguments->scratch);
  make_nodes();
  enter_root();
  check(read(arguments->gate, &byte, 1) != 1, "gate");
  load_filter();
  execv(arguments->argv[0], arguments->argv);
  check(1, arguments->argv[0]);
  return 127;
}

static int remove_entry(const char* path, const struct stat* status, int kind, struct FTW* place) {
  (void)status, (void)kind, (void)place;
  return remove(path);
}

static void run_once(const char* lower, const char* base, char** argv) {
  static char stack[1 << 16] __attribute__((aligned(16)));
  char scratch[512], path[600];
  int gate[2], status = 0;
  snprintf(scratch, sizeof scratch, "%s/floor-XXXXXX", base);
  check(mkdtemp(scratch) == NULL, scratch);
  for (int i = 0; i < 3; ++i) {
    snprintf(path, sizeof path, "%s/%s", scratch, i == 0 ? "upper" : i == 1 ? "work" : "merged");
    check(mkdir(path, 0755) != 0, path);
  }
  check(pipe2(gate, O_CLOEXEC) != 0, "pipe");
  struct child_arguments arguments = {lower, scratch, argv, gate[0]};
  const int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | SIGCHLD;
  const pid_t pid = clone(child, stack + sizeof stack, flags, &arguments);
  check(pid < 0, "clone");
  make_cgroups();
  attach(pid);
  check(write(gate[1], "1", 1) != 1, "gate");
  check(waitpid(pid, &status, 0) != pid, "wait");
  if (status != 0) fprintf(stderr, "floor: status %x\n", (unsigned)status);
  remove_cgroups();
  close(gate[0]), close(gate[1]);
  nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare(const void* left, const void* right) {
  const double a = *(const double*)left, b = *(const double*)right;
  return a < b ? -1 : a > b;
}

int main(int argc, char** argv) {
  static double times[MAX_ROUNDS];
  int rounds = 50, first = 1;
  if (argc > 2 && strcmp(argv[1], "-n") == 0) rounds = atoi(argv[2]), first = 3;
  if (argc < first + 3 || rounds < 1 || rounds > MAX_ROUNDS) {
    fprintf(stderr, "usage: floor [-n ROUNDS] LOWERDIR SCRATCH PROGRAM [ARG...]\n");
    return 2;
  }
  find_hierarchies();
  for (int i = 0; i < rounds; ++i) {
    const double start = milliseconds();
    run_once(argv[first], argv[first + 1], argv + first + 2);
    times[i] = milliseconds() - start;
  }
  qsort(times, (size_t)rounds, sizeof times[0], compare);
  printf("floor: median %.2f ms, minimum %.2f ms, %d rounds, %d v1 hierarchies\n", times[rounds / 2], times[0], rounds, hierarchy_count);
  return 0;
}
