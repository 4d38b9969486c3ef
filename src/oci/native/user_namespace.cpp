#include "oci/native/user_namespace.h"

#include <fcntl.h>
#include <signal.h>

#include "oci/native/kernel.h"
#include "oci/native/procfs.h"
#include "util/error.h"
#include "util/process.h"
#include "util/text.h"

namespace skiff::oci::native {

std::string mapping_text(const std::vector<IdMapping>& mappings) {
    std::string text;
    for (const IdMapping& mapping : mappings) {
        text += concat(mapping.container_id, " ", mapping.host_id, " ", mapping.size, "\n");
    }
    return text;
}

void write_mappings(pid_t pid, const std::vector<IdMapping>& uids, const std::vector<IdMapping>& gids) {
    const UniqueFd proc = open_host_procfs();
    write_in_procfs(proc.get(), concat(pid, "/uid_map"), mapping_text(uids));
    write_in_procfs(proc.get(), concat(pid, "/gid_map"), mapping_text(gids));
}

UniqueFd make_user_namespace(const std::vector<IdMapping>& uids, const std::vector<IdMapping>& gids) {
    clone_args args{};
    args.flags = CLONE_NEWUSER;
    args.exit_signal = SIGCHLD;
    pid_t pid = kernel::clone3(args);
    if (pid < 0 && errno == ENOSYS) pid = static_cast<pid_t>(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
    if (pid < 0) throw SystemError{errno, "making a user namespace"};
    if (pid == 0) {
        for (;;) ::pause();  // holds the namespace until it has been opened; then killed
    }
    const ChildProcess holder{pid};
    write_mappings(pid, uids, gids);
    const UniqueFd proc = open_host_procfs();
    UniqueFd found{::openat(proc.get(), concat(pid, "/ns/user").c_str(), O_RDONLY | O_CLOEXEC)};
    if (!found) throw SystemError{errno, "opening a user namespace"};
    return found;
}

}  // namespace skiff::oci::native
