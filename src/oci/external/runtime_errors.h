#pragma once
/// What an external runtime wrote when it failed, turned into an Error of the right kind in one clean sentence.

#include <string>
#include <string_view>
#include <vector>

#include "util/error.h"

namespace skiff::oci {

/// The messages of a `--log-format json` log, in order; lines that are no JSON are taken as they are. Warnings and lower
/// levels are left out.
std::vector<std::string> log_messages(std::string_view log);

struct FailedCall {
    std::string_view runtime;    ///< "crun"
    std::string_view operation;  ///< "create", "exec", "start" …
    std::string_view id;         ///< of the container
    std::string_view program;    ///< argv[0] of the container's process, for create and exec
    int exit_code = 0;
};

/// Kinds: CommandNotFound and CannotExecute where the runtime could not execute `program`, NotFound for an unknown
/// container, WrongState for an operation that its state does not allow, Exists, Unsupported for a refused cgroup layout
/// (is_cgroup_refusal), else System.
Error runtime_error(const FailedCall& call, const std::vector<std::string>& messages);

}  // namespace skiff::oci
