#include "oci/native/hooks.h"

#include <fcntl.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/process.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

UniqueFd open_log(const std::string& path) {
    if (path.empty()) return {};
    UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC, 0600)};
    if (!file) throw SystemError{errno, concat("opening ", quote(path), " for the output of hooks")};
    return file;
}

void run_hook(const char* stage, const Hook& hook, const std::string& state) {
    const UniqueFd input = make_memfd("state", state, /*sealed=*/false);
    RunRequest request;
    request.argv = hook.args.empty() ? std::vector{hook.path} : hook.args;
    request.argv.front() = hook.path;
    request.env = hook.env;
    request.stdin_fd = input.get();
    const UniqueFd output = open_log(hook.output_file);
    const UniqueFd errors = open_log(hook.error_file);
    request.stdout_fd = output.get();
    request.stderr_fd = errors.get();
    request.timeout = std::chrono::seconds{hook.timeout_seconds};
    const std::string shown = concat(stage, " hook ", quote(hook.path));
    const RunResult result = in_context(shown, [&] { return run_program(request); });
    if (result.status.code == 0) return;
    const std::string said{trim(result.err.empty() ? result.out : result.err)};
    throw Error{ErrorKind::System, concat(shown, " failed with status ", result.status.code, said.empty() ? "" : ": ", said)};
}

}  // namespace

void run_hooks(const char* stage, const std::vector<Hook>& hooks, const std::string& state) {
    for (const Hook& hook : hooks) run_hook(stage, hook, state);
}

void run_late_hooks(const char* stage, const std::vector<Hook>& hooks, const std::string& state) {
    for (const Hook& hook : hooks) {
        try {
            run_hook(stage, hook, state);
        } catch (const Error& error) {
            log::warn(concat(error.what(), ", ignoring"));
        }
    }
}

}  // namespace skiff::oci::native
