/* The last stage of start and exec: carries out a skiff_message, then becomes the user's program. */

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>

#include "message.h"
#include "modes.h"
#include "syscalls.h"

enum {
  ERROR_INTERRUPTED = 4,
  ERROR_PERMISSION = 1,
  ERROR_INVALID = 22,
  ERROR_TIMED_OUT = 110,
  ERROR_PIPE = 32,
  SEEK_TO_END = 2,
  MAP_READ_WRITE = 3, /* PROT_READ | PROT_WRITE */
  MAP_COPY = 2,       /* MAP_PRIVATE */
  OPEN_WRITE = 1 | 02000000,
  CLOSE_RANGE_ON_EXEC = 4,
  SET_DESCRIPTOR_FLAGS = 2,
  ON_EXEC = 1,
  EXIT_SIGNAL = 17,
  SIGNAL_KILL = 9,
  CLONE_GIVE_PIDFD = 0x1000,
  POLL_INPUT = 1,
};

static char* at(struct skiff_message* message, uint32_t offset) { return (char*)message + offset; }

static void await_start(struct skiff_message* message) {
  if (message->gate_fd < 0) return;
  const int gate = message->gate_fd;
  message->gate_fd = -1;
  char byte;
  for (;;) {
    const long got = CALL3(__NR_read, gate, &byte, 1);
    if (got == 1) break;
    if (got != -ERROR_INTERRUPTED) leave(126);
  }
  CALL1(__NR_close, gate);
}

/* Whoever opens the gate reads the report, so one that fails before waits for him. */
static __attribute__((noreturn)) void fail(struct skiff_message* message, uint32_t step, long error, uint32_t detail) {
  const struct skiff_report report = {SKIFF_REPORT_MAGIC, step, (int32_t)-error, detail};
  await_start(message);
  if (message->result_fd >= 0) CALL3(__NR_write, message->result_fd, &report, sizeof report);
  const int found = step != SKIFF_STEP_EXEC || (error != -2 && error != -20); /* ENOENT, ENOTDIR */
  leave(found ? 126 : 127);
}

static int number(const char* text) {
  int value = 0;
  while (*text >= '0' && *text <= '9') value = value * 10 + (*text++ - '0');
  return value;
}

/* A private, writable copy of the message; its length is checked against the file's. */
static struct skiff_message* load(int fd) {
  const long size = CALL3(__NR_lseek, fd, 0, SEEK_TO_END);
  if (size < (long)sizeof(struct skiff_message)) leave(126);
  struct skiff_message* message =
      (struct skiff_message*)CALL6(__NR_mmap, 0, size, MAP_READ_WRITE, MAP_COPY, fd, 0);
  if ((unsigned long)message > -4096UL || message->magic != SKIFF_MESSAGE_MAGIC || message->size != (uint64_t)size) {
    leave(126);
  }
  CALL1(__NR_close, fd);
  return message;
}

static char** strings(struct skiff_message* message, struct skiff_strings vector) {
  uint64_t* slots = (uint64_t*)at(message, vector.offset);
  for (uint32_t i = 0; i < vector.count; ++i) slots[i] = (uint64_t)at(message, (uint32_t)slots[i]);
  slots[vector.count] = 0;
  return (char**)slots;
}

/* Everything but the standard and the preserved descriptors closes when the program starts. */
static void close_on_exec(const struct skiff_message* message) {
  if (CALL3(__NR_close_range, 3 + message->preserve_fds, ~0U, CLOSE_RANGE_ON_EXEC) == 0) return;
  const int own[] = {message->gate_fd, message->result_fd, message->proc_fd, message->notify_fd};
  for (unsigned i = 0; i < sizeof own / sizeof own[0]; ++i) {
    if (own[i] >= 0) CALL3(__NR_fcntl, own[i], SET_DESCRIPTOR_FLAGS, ON_EXEC);
  }
}

static __attribute__((noreturn)) void become_hook(struct skiff_message* message, struct skiff_hook* hook, int input) {
  CALL3(__NR_dup3, input, 0, 0);
  reset_signals();
  CALL3(__NR_execve, at(message, hook->path), strings(message, hook->argv), strings(message, hook->env));
  leave(127);
}

static int state_file(struct skiff_message* message) {
  const int fd = (int)CALL2(__NR_memfd_create, "state", 1 /* MFD_CLOEXEC */);
  CALL3(__NR_write, fd, at(message, message->hook_state), message->hook_state_length);
  CALL3(__NR_lseek, fd, 0, 0);
  return fd;
}

static void run_hook(struct skiff_message* message, uint32_t index) {
  struct skiff_hook* hook = (struct skiff_hook*)at(message, message->hooks) + index;
  const int input = state_file(message);
  int pidfd = -1;
  const long child = CALL5(__NR_clone, EXIT_SIGNAL | CLONE_GIVE_PIDFD, 0, &pidfd, 0, 0);
  if (child < 0) fail(message, SKIFF_STEP_HOOK, child, index << 16);
  if (child == 0) become_hook(message, hook, input);
  if (hook->timeout_seconds > 0) {
    struct { int fd; short events; short revents; } wait = {pidfd, POLL_INPUT, 0};
    const int64_t limit[2] = {hook->timeout_seconds, 0};
    if (CALL5(__NR_ppoll, &wait, 1, limit, 0, 0) == 0) {
      CALL2(__NR_kill, child, SIGNAL_KILL);
      fail(message, SKIFF_STEP_HOOK, -ERROR_TIMED_OUT, index << 16);
    }
  }
  int status = 0;
  CALL4(__NR_wait4, child, &status, 0, 0);
  CALL1(__NR_close, pidfd);
  CALL1(__NR_close, input);
  if (status != 0) fail(message, SKIFF_STEP_HOOK, 0, index << 16 | ((uint32_t)status >> 8 & 0xff) | ((uint32_t)status & 0x7f));
}

static void set_label(struct skiff_message* message) {
  if (message->label == 0) return;
  const long fd = CALL4(__NR_openat, message->proc_fd, at(message, message->label_file), OPEN_WRITE, 0);
  if (fd < 0) fail(message, SKIFF_STEP_LABEL, fd, 0);
  const char* label = at(message, message->label);
  const long put = CALL3(__NR_write, fd, label, length_of(label));
  if (put < 0) fail(message, SKIFF_STEP_LABEL, put, 0);
  CALL1(__NR_close, fd);
}

/* A limit above what this process may set becomes the highest that it may. */
static void set_limits(struct skiff_message* message) {
  const struct skiff_limit* limits = (const struct skiff_limit*)at(message, message->limits);
  for (uint32_t i = 0; i < message->limit_count; ++i) {
    uint64_t wanted[2] = {limits[i].soft, limits[i].hard};
    long error = CALL4(__NR_prlimit64, 0, limits[i].resource, wanted, 0);
    if (error == -ERROR_PERMISSION) {
      uint64_t present[2] = {0, 0};
      CALL4(__NR_prlimit64, 0, limits[i].resource, 0, present);
      if (wanted[1] > present[1]) wanted[1] = present[1];
      if (wanted[0] > wanted[1]) wanted[0] = wanted[1];
      error = CALL4(__NR_prlimit64, 0, limits[i].resource, wanted, 0);
    }
    if (error != 0) fail(message, SKIFF_STEP_LIMITS, error, limits[i].resource);
  }
}

static void set_capabilities(struct skiff_message* message, uint64_t effective, uint64_t permitted) {
  const struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  const struct __user_cap_data_struct data[2] = {
      {(uint32_t)effective, (uint32_t)permitted, (uint32_t)message->inheritable},
      {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(message->inheritable >> 32)}};
  const long error = CALL2(__NR_capset, &header, data);
  if (error != 0) fail(message, SKIFF_STEP_CAPABILITIES, error, 0);
}

static void drop_bounding(struct skiff_message* message) {
  for (uint32_t capability = 0; capability <= message->last_capability; ++capability) {
    if ((message->bounding >> capability & 1) != 0) continue;
    const long error = CALL5(__NR_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
    if (error != 0 && error != -ERROR_INVALID) fail(message, SKIFF_STEP_CAPABILITIES, error, capability);
  }
}

static void raise_ambient(struct skiff_message* message) {
  CALL5(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (uint32_t capability = 0; capability <= message->last_capability; ++capability) {
    if ((message->ambient >> capability & 1) == 0) continue;
    const long error = CALL5(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
    if (error != 0) fail(message, SKIFF_STEP_CAPABILITIES, error, capability);
  }
}

static void check_user(struct skiff_message* message, long error) {
  if (error != 0) fail(message, SKIFF_STEP_USER, error, 0);
}

static void set_user(struct skiff_message* message) {
  CALL5(__NR_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
  if ((message->flags & SKIFF_KEEP_GROUPS) == 0) {
    check_user(message, CALL2(__NR_setgroups, message->group_count, at(message, message->groups)));
  }
  check_user(message, CALL3(__NR_setresgid, message->gid, message->gid, message->gid));
  check_user(message, CALL3(__NR_setresuid, message->uid, message->uid, message->uid));
  CALL5(__NR_prctl, PR_SET_KEEPCAPS, 0, 0, 0, 0);
  CALL1(__NR_umask, message->umask);
  CALL5(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0); /* another user ID may have changed it: sysctl fs.suid_dumpable */
}

/* The kernel forgets the wish when the user changes. A caller that ended while there was none is told by the pipe that nobody reads.
 * Source: PR_SET_PDEATHSIG(2const). */
static void end_with_caller(const struct skiff_message* message) {
  if ((message->flags & SKIFF_END_WITH_CALLER) == 0) return;
  CALL5(__NR_prctl, PR_SET_PDEATHSIG, SIGNAL_KILL, 0, 0, 0);
  struct { int fd; short events; short revents; } reader = {message->result_fd, 0, 0};
  const int64_t at_once[2] = {0, 0};
  if (CALL5(__NR_ppoll, &reader, 1, at_once, 0, 0) > 0) leave(126);
}

/* SCM_RIGHTS over the socket, with the container's state as the text. Source: runtime-spec, config-linux.md, seccomp. */
static void send_listener(struct skiff_message* message, long listener) {
  struct {
    size_t length;
    int level;
    int type;
    int fd;
    int padding;
  } control = {20, 1 /* SOL_SOCKET */, 1 /* SCM_RIGHTS */, (int)listener, 0};
  struct {
    void* base;
    size_t length;
  } text = {at(message, message->notify_text), message->notify_length};
  struct {
    void* name;
    int name_length;
    void* vector;
    size_t vector_length;
    void* control;
    size_t control_length;
    int flags;
  } packet = {0, 0, &text, 1, &control, sizeof control, 0};
  const long sent = CALL3(__NR_sendmsg, message->notify_fd, &packet, 0);
  if (sent < 0) fail(message, SKIFF_STEP_NOTIFY, sent, 0);
  CALL1(__NR_close, listener);
}

static void load_filter(struct skiff_message* message) {
  if (message->seccomp_length == 0) return;
  const struct sock_fprog program = {(unsigned short)message->seccomp_length,
                                     (struct sock_filter*)at(message, message->seccomp)};
  long result = CALL3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, message->seccomp_flags, &program);
  if (result == -ERROR_INVALID && message->notify_fd < 0) { /* a flag that this kernel does not know */
    result = CALL3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
  }
  if (result < 0) fail(message, SKIFF_STEP_SECCOMP, result, 0);
  if (message->notify_fd >= 0) send_listener(message, result);
}

/* Without no_new_privs a filter needs CAP_SYS_ADMIN, so it is loaded while that is still there and only capset follows;
 * with it, the filter is the very last step. */
static void restrict_privileges(struct skiff_message* message) {
  const int no_new_privileges = (message->flags & SKIFF_NO_NEW_PRIVILEGES) != 0;
  const uint64_t admin = 1ULL << CAP_SYS_ADMIN;
  const uint64_t extra = message->seccomp_length > 0 && !no_new_privileges ? admin : 0;
  drop_bounding(message);
  set_user(message);
  end_with_caller(message);
  set_capabilities(message, message->effective | extra, message->permitted | extra);
  raise_ambient(message);
  if (no_new_privileges) CALL5(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  load_filter(message);
  if (extra != 0 && ((message->effective & extra) == 0 || (message->permitted & extra) == 0)) {
    set_capabilities(message, message->effective, message->permitted);
  }
}

void run_stage(const char* descriptor) {
  /* Until the program starts nobody in the container may look into this process. */
  CALL5(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
  struct skiff_message* message = load(number(descriptor));
  CALL5(__NR_prctl, PR_SET_NAME, "skiff:init", 0, 0, 0);
  close_on_exec(message);
  if ((message->flags & SKIFF_RESTRICT_EARLY) == 0) await_start(message);
  for (uint32_t i = 0; i < message->hook_count; ++i) run_hook(message, i);
  set_label(message);
  set_limits(message);
  char** argv = strings(message, message->argv);
  char** env = strings(message, message->env);
  reset_signals();
  restrict_privileges(message);
  await_start(message);
  fail(message, SKIFF_STEP_EXEC, CALL3(__NR_execve, at(message, message->path), argv, env), 0);
}
