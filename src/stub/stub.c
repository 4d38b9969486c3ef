/* The stub: a static program without a C library, embedded in skiff. Executed from a sealed memfd it is the last stage
 * of start and exec (stage.c); bind-mounted into a container it is the --init process (reaper.c). No program of a
 * container ever meets skiff's own executable through /proc/PID/exe, because this one stands in between. */

#include "modes.h"
#include "syscalls.h"

/* The compiler may call these whatever the flags. */
void* memcpy(void* target, const void* source, size_t count) {
  char* to = target;
  const char* from = source;
  while (count-- > 0) *to++ = *from++;
  return target;
}

void* memset(void* target, int value, size_t count) {
  char* to = target;
  while (count-- > 0) *to++ = (char)value;
  return target;
}

/* `stack` is as the kernel left it: argc, argv, NULL, envp, NULL. Source: System V ABI, process initialization. */
__attribute__((noreturn, used)) void stub_main(long* stack) {
  const long argc = stack[0];
  char** argv = (char**)(stack + 1);
  char** envp = argv + argc + 1;
  if (argc == 2 && same(argv[0], SKIFF_STAGE_NAME)) run_stage(argv[1]);
  run_reaper((int)argc, argv, envp);
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call stub_main\n  hlt\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n  mov x29, #0\n  mov x30, #0\n  mov x0, sp\n  bl stub_main\n  brk #0\n");
#endif
