/* Runs a program for which some system calls do not exist, so that every fall-back for an older kernel is taken.
 *
 * usage: enosys CALL[,CALL...] PROGRAM [ARG...]     (names or numbers; needs root) */

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: enosys CALL[,CALL...] PROGRAM [ARG...]\n");
    return 2;
  }
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
  for (char* name = strtok(argv[1], ","); name != NULL; name = strtok(NULL, ",")) {
    char* end = NULL;
    int call = (int)strtol(name, &end, 10);
    if (*end != '\0') call = seccomp_syscall_resolve_name(name);
    if (call < 0 || seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), call, 0) != 0) {
      fprintf(stderr, "enosys: no system call %s\n", name);
      return 2;
    }
  }
  if (seccomp_load(filter) != 0) {
    fprintf(stderr, "enosys: the filter cannot be loaded\n");
    return 2;
  }
  execvp(argv[2], argv + 2);
  perror(argv[2]);
  return 127;
}
