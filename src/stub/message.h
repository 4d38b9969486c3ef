#ifndef SKIFF_STUB_MESSAGE_H
#define SKIFF_STUB_MESSAGE_H
/* What the embedded runtime tells the stub: the last steps before the user's program, as one flat block of memory in a
 * memfd. Offsets count bytes from the start of the block; 0 means absent. Both ends are built together, so the layout
 * may change at will; `size` is checked against the file's. C and C++. */

#include <stdint.h>

enum {
  SKIFF_MESSAGE_MAGIC = 0x736b6631,
  SKIFF_REPORT_MAGIC = 0x736b6532,
};

/* Flags. */
enum {
  SKIFF_NO_NEW_PRIVILEGES = 1,
  SKIFF_KEEP_GROUPS = 2, /* supplementary groups cannot be set here (setgroups denied) */
  SKIFF_RESTRICT_EARLY = 4, /* before the start is awaited: nothing but the program's execve is left for then */
  SKIFF_END_WITH_CALLER = 8, /* SIGKILL when the process that called the runtime ends first; with a result_fd */
};

/* The step that failed, in a report. */
enum skiff_step {
  SKIFF_STEP_MESSAGE = 1,
  SKIFF_STEP_HOOK,
  SKIFF_STEP_LABEL,
  SKIFF_STEP_LIMITS,
  SKIFF_STEP_USER,
  SKIFF_STEP_CAPABILITIES,
  SKIFF_STEP_SECCOMP,
  SKIFF_STEP_NOTIFY,
  SKIFF_STEP_EXEC,
};

/* Written to result_fd when a step fails; nothing is written on success (close-on-exec gives end of file). */
struct skiff_report {
  uint32_t magic;
  uint32_t step;
  int32_t error;   /* errno; for a hook 0 with `detail` its wait status */
  uint32_t detail; /* hook: its index << 16 | exit status; limits: the resource */
};

struct skiff_limit {
  uint32_t resource;
  uint32_t unused;
  uint64_t soft;
  uint64_t hard;
};

/* A vector of strings: `offset` leads to count + 1 64-bit slots, each the offset of a string; the stub turns them into
 * pointers in place. */
struct skiff_strings {
  uint32_t offset;
  uint32_t count;
};

struct skiff_hook {
  uint32_t path;
  struct skiff_strings argv;
  struct skiff_strings env;
  uint32_t timeout_seconds; /* 0: none */
};

struct skiff_message {
  uint32_t magic;
  uint32_t size;
  uint32_t flags;
  uint32_t preserve_fds; /* descriptors 3 .. 3+n-1 reach the program */
  int32_t gate_fd;       /* one byte read from it lets the program start; -1: at once */
  int32_t result_fd;     /* gets a skiff_report on failure */
  int32_t proc_fd;       /* a procfs root, for the label; -1 */
  int32_t notify_fd;     /* UNIX socket that gets the seccomp listener; -1 */
  uint32_t uid;
  uint32_t gid;
  uint32_t umask;
  uint32_t last_capability;
  uint64_t bounding;
  uint64_t effective;
  uint64_t permitted;
  uint64_t inheritable;
  uint64_t ambient;
  uint32_t groups; /* uint32_t array */
  uint32_t group_count;
  uint32_t limits; /* skiff_limit array */
  uint32_t limit_count;
  uint32_t seccomp; /* struct sock_filter array */
  uint32_t seccomp_length;
  uint32_t seccomp_flags;
  uint32_t notify_text; /* sent along with the listener */
  uint32_t notify_length;
  uint32_t label;      /* text for label_file */
  uint32_t label_file; /* below proc_fd */
  uint32_t hooks;      /* skiff_hook array: startContainer */
  uint32_t hook_count;
  uint32_t hook_state; /* JSON on each hook's standard input */
  uint32_t hook_state_length;
  uint32_t path;
  struct skiff_strings argv;
  struct skiff_strings env;
};

#endif
