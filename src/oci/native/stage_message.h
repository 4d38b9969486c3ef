#pragma once
/// The message to the stub (stub/message.h): what remains between here and the user's program.

#include <string>

#include "oci/native/init_plan.h"

namespace skiff::oci::native {

struct StageRequest {
    const InitPlan* plan = nullptr;
    const Preparation* preparation = nullptr;
    std::string program;           ///< the path to execute
    std::vector<std::string> env;
    int proc_fd = -1;              ///< a procfs root, when a label is to be set
    bool keep_groups = false;
};

/// The message's bytes.
std::string stage_message(const StageRequest& request);

/// One sentence for a stub's report about container `id`; thrown as an Error of the right kind.
[[noreturn]] void throw_report(const std::string& report, const Process& process);

}  // namespace skiff::oci::native
