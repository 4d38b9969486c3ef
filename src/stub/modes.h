#ifndef SKIFF_STUB_MODES_H
#define SKIFF_STUB_MODES_H
/* The two lives of the stub. */

/* argv[0] that selects the last stage; argv[1] is then the number of the message's descriptor. */
#define SKIFF_STAGE_NAME "skiff: container start"

/* Carries out the message and becomes the user's program. */
__attribute__((noreturn)) void run_stage(const char* descriptor);

/* `--init`: starts argv[1..] (after an optional "--") as a child, forwards signals to it, reaps every orphan, and leaves
 * with the child's exit status. 127 and 126 as a shell where it cannot be started. */
__attribute__((noreturn)) void run_reaper(int argc, char** argv, char** envp);

#endif
