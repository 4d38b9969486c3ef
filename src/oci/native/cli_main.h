#pragma once
/// The embedded runtime on the command line: a drop-in for runc and crun, as `skiff oci …` or through a symlink named
/// skiff-oci. Prints what its callers (podman, conmon, containerd's shim) expect; errors go to standard error and, with
/// --log, to that file in text or JSON.

namespace skiff::oci::native {

/// argv[0] is the program's name, argv[1] the first option or command. Gives back the exit status: 1 for the
/// runtime's own failures, the program's status for `run` and `exec`.
int run_oci_command(int argc, char** argv);

}  // namespace skiff::oci::native
