/* --init: PID 1 of a container whose program does not expect to be one. */

#include "modes.h"
#include "syscalls.h"

enum {
  SIGNAL_CHILD = 17,
  SIGNAL_TTY_INPUT = 21,
  SIGNAL_TTY_OUTPUT = 22,
  TERMINAL_SET_GROUP = 0x5410, /* TIOCSPGRP */
  NO_HANG = 1,                 /* WNOHANG */
  ERROR_NO_ENTRY = 2,
  ERROR_ACCESS = 13,
  ERROR_NOT_DIRECTORY = 20,
  CLONE_EXIT_SIGNAL = 17,
};

/* Faults of this process itself must not wait in a queue: ILL TRAP ABRT BUS FPE SEGV SYS. */
#define SYNCHRONOUS_SIGNALS \
  ((1ULL << 3) | (1ULL << 4) | (1ULL << 5) | (1ULL << 6) | (1ULL << 7) | (1ULL << 10) | (1ULL << 30))

static long execute(const char* path, char** argv, char** envp) { return CALL3(__NR_execve, path, argv, envp); }

static const char* path_variable(char** envp) {
  for (; *envp != 0; ++envp) {
    const char* entry = *envp;
    if (entry[0] == 'P' && entry[1] == 'A' && entry[2] == 'T' && entry[3] == 'H' && entry[4] == '=') return entry + 5;
  }
  return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

static int has_slash(const char* text) {
  for (; *text != '\0'; ++text) {
    if (*text == '/') return 1;
  }
  return 0;
}

/* Tries argv[0] in each directory of PATH. Gives back the error that says most: EACCES beats ENOENT. */
static long execute_in_path(char** argv, char** envp) {
  static char candidate[4096];
  const char* directory = path_variable(envp);
  const size_t name_length = length_of(argv[0]);
  long worst = -ERROR_NO_ENTRY;
  for (;;) {
    size_t used = 0;
    while (directory[used] != '\0' && directory[used] != ':') ++used;
    if (used + name_length + 2 <= sizeof candidate) {
      for (size_t i = 0; i < used; ++i) candidate[i] = directory[i];
      size_t at = used;
      if (used > 0) candidate[at++] = '/';
      for (size_t i = 0; i <= name_length; ++i) candidate[at + i] = argv[0][i];
      const long error = execute(candidate, argv, envp);
      if (error != -ERROR_NO_ENTRY && error != -ERROR_NOT_DIRECTORY) worst = error;
    }
    if (directory[used] == '\0') return worst;
    directory += used + 1;
  }
}

static void complain(const char* name, const char* why) {
  CALL3(__NR_write, 2, "init: ", 6);
  CALL3(__NR_write, 2, name, length_of(name));
  CALL3(__NR_write, 2, why, length_of(why));
}

static __attribute__((noreturn)) void become_child(char** argv, char** envp) {
  const long pid = CALL0(__NR_getpid);
  CALL2(__NR_setpgid, 0, 0);
  const int group = (int)pid;
  CALL3(__NR_ioctl, 0, TERMINAL_SET_GROUP, &group); /* no terminal: no matter */
  reset_signals();
  const long error = has_slash(argv[0]) ? execute(argv[0], argv, envp) : execute_in_path(argv, envp);
  if (error == -ERROR_NO_ENTRY || error == -ERROR_NOT_DIRECTORY) {
    complain(argv[0], ": no such file or directory\n");
    leave(127);
  }
  complain(argv[0], error == -ERROR_ACCESS ? ": permission denied\n" : ": cannot be executed\n");
  leave(126);
}

/* Collects all that have ended; leaves when the main child is among them. */
static void reap(long child) {
  for (;;) {
    int status = 0;
    const long pid = CALL4(__NR_wait4, -1, &status, NO_HANG, 0);
    if (pid <= 0) return;
    if (pid != child) continue;
    leave((status & 0x7f) != 0 ? 128 + (status & 0x7f) : (status >> 8) & 0xff);
  }
}

void run_reaper(int argc, char** argv, char** envp) {
  int first = 1;
  if (first < argc && same(argv[first], "--")) ++first;
  if (first >= argc) {
    complain("usage", ": init [--] COMMAND [ARG...]\n");
    leave(127);
  }
  const uint64_t waited = ~SYNCHRONOUS_SIGNALS;
  CALL4(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &waited, 0, 8);
  const long child = CALL5(__NR_clone, CLONE_EXIT_SIGNAL, 0, 0, 0, 0);
  if (child == 0) become_child(argv + first, envp);
  if (child < 0) {
    complain(argv[first], ": cannot start a process\n");
    leave(126);
  }
  for (;;) {
    const long signal = CALL4(__NR_rt_sigtimedwait, &waited, 0, 0, 8);
    if (signal == SIGNAL_CHILD) reap(child);
    else if (signal > 0 && signal != SIGNAL_TTY_INPUT && signal != SIGNAL_TTY_OUTPUT) CALL2(__NR_kill, child, signal);
  }
}
