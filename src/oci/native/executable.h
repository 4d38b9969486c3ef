#pragma once
/// The program that a container is to run: found and looked at before it is executed, so that a mistake is reported
/// when the container is created.

#include <string>
#include <vector>

namespace skiff::oci::native {

/// The path to execute for `name`: itself when it has a slash, else the first executable file in the PATH of `env`.
/// To be called inside the container's root, in its working directory. Throws Error{CommandNotFound} or
/// Error{CannotExecute} with the exact reason (absent, a directory, no execute permission, interpreter missing).
std::string find_program(const std::string& name, const std::vector<std::string>& env);

/// One sentence for a failed execve(2) of `program`: as an Error of the right kind.
[[noreturn]] void throw_exec_error(const std::string& program, int code);

}  // namespace skiff::oci::native
