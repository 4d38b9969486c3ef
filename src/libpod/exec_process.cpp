#include "libpod/exec_process.h"

#include <fcntl.h>

#include "libpod/bundle.h"
#include "libpod/secret/in_container.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// Init's root directory: what the process will see, and so where its user is looked up.
UniqueFd root_of(const ProcessIdentity& init) {
    UniqueFd root = open_at(AT_FDCWD, concat("/proc/", init.pid, "/root"), O_PATH | O_DIRECTORY);
    if (!is_alive(init)) throw Error{ErrorKind::WrongState, "the container's process has ended"};
    return root;
}

}  // namespace

AskedProcess asked_process(const Runtime& runtime, const ContainerRow& row, const ContainerConfig& config, const ExecOptions& options) {
    // What the command line says comes last, and wins.
    auto env = secret_variables(config, runtime.container_dir(row.id));
    env.insert(env.end(), options.env.begin(), options.env.end());
    return {{options.command, std::move(env), options.work_dir, options.terminal, options.privileged, !options.user.empty()},
            options.user.empty() ? config.user : options.user,
            config.groups};
}

ResolvedUser user_of(const ContainerRow& row, const AskedProcess& asked) {
    const std::string& work_dir = asked.exec.work_dir;
    if (!work_dir.empty() && work_dir.front() != '/') {
        throw Error{ErrorKind::Invalid, concat("working directory ", quote(work_dir), " is not an absolute path")};
    }
    return resolve_user(root_of(row.state.init).get(), asked.user, asked.groups);
}

}  // namespace skiff::libpod
