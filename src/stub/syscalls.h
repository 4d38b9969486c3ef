#ifndef SKIFF_STUB_SYSCALLS_H
#define SKIFF_STUB_SYSCALLS_H
/* System calls and the few string functions of a program without a C library. Calls give back -errno. */

#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

static inline long call6(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
#else
#error "the stub knows the system calls of x86-64 and aarch64"
#endif
}

#define CALL0(n) call6((n), 0, 0, 0, 0, 0, 0)
#define CALL1(n, a) call6((n), (long)(a), 0, 0, 0, 0, 0)
#define CALL2(n, a, b) call6((n), (long)(a), (long)(b), 0, 0, 0, 0)
#define CALL3(n, a, b, c) call6((n), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define CALL4(n, a, b, c, d) call6((n), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define CALL5(n, a, b, c, d, e) call6((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define CALL6(n, a, b, c, d, e, f) call6((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

static inline __attribute__((noreturn)) void leave(int status) {
  for (;;) CALL1(__NR_exit_group, status);
}

static inline size_t length_of(const char* text) {
  size_t length = 0;
  while (text[length] != '\0') ++length;
  return length;
}

static inline int same(const char* left, const char* right) {
  while (*left != '\0' && *left == *right) ++left, ++right;
  return *left == *right;
}

/* Kernel structures whose user headers would pull in the C library's. */
struct signal_action {
  void* handler;
  unsigned long flags;
  void* restorer;
  uint64_t mask;
};

/* Every signal at its default disposition and none blocked, as a new program expects. */
static inline void reset_signals(void) {
  const struct signal_action defaults = {0, 0, 0, 0};
  for (int signal = 1; signal <= 64; ++signal) CALL4(__NR_rt_sigaction, signal, &defaults, 0, 8);
  const uint64_t none = 0;
  CALL4(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &none, 0, 8);
}

#endif
