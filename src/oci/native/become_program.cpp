#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "oci/native/console.h"
#include "oci/native/executable.h"
#include "oci/native/init.h"
#include "oci/native/kernel.h"
#include "oci/native/rootfs_path.h"
#include "oci/native/stage_message.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

constexpr std::size_t kMaxPasswd = 1U << 20;

/// The container's own null device when it is one: the host's node must not be changed through a descriptor of it.
/// What else a container put there is not used (CVE-2026-88265).
UniqueFd open_null(const InitPlan& plan) {
    UniqueFd null{::open("/dev/null", O_RDWR | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC)};
    struct stat status {};
    if (null && ::fstat(null.get(), &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)) return null;
    return duplicate(plan.host_null.get());
}

void connect_stdio(const InitPlan& plan) {
    const int wanted[3] = {plan.stdio.in, plan.stdio.out, plan.stdio.err};
    UniqueFd copies[3];
    for (int i = 0; i < 3; ++i) copies[i] = wanted[i] < 0 ? open_null(plan) : duplicate(wanted[i]);
    for (int i = 0; i < 3; ++i) {
        if (::dup2(copies[i].get(), i) < 0) throw SystemError{errno, "connecting the standard descriptors"};
    }
}

/// The working directory below the root, by descriptor: "/proc/self/fd/7" is refused, whatever descriptor 7 is
/// (CVE-2024-21626), and what getcwd(2) then says must lie inside. Only a container's start makes a missing one: the
/// directory of a process that is executed in it is the user's word, and most likely mistyped.
void enter_directory(const std::string& path, bool may_create) {
    const UniqueFd root{::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)};
    UniqueFd directory;
    try {
        directory = open_target(root.get(), path, Create::Nothing);
    } catch (const SystemError& error) {
        if (error.code() == ENOENT && !may_create) throw Error{ErrorKind::CommandNotFound, concat("working directory ", quote(path), " does not exist in the container")};
        if (error.code() != ENOENT) throw error.in(concat("working directory ", quote(path)));
        directory = open_target(root.get(), path, Create::Directory);
    }
    if (::fchdir(directory.get()) != 0) throw SystemError{errno, concat("entering working directory ", quote(path))};
    char where[PATH_MAX + 1];
    const long length = ::syscall(SYS_getcwd, where, sizeof where);
    if (length <= 0 || where[0] != '/') {
        throw Error{ErrorKind::Invalid, concat("working directory ", quote(path), " is not inside the container")};
    }
}

/// What the stub needs survives its exec; it marks all of it close-on-exec for the next one.
void pass_to_stub(const std::vector<int>& needed, int preserve) {
    std::vector<int> open = needed;
    for (int fd = 3; fd < 3 + preserve; ++fd) open.push_back(fd);  // that the caller need not have opened
    close_all_except(open);
    for (const int fd : open) ::fcntl(fd, F_SETFD, 0);
}

[[noreturn]] void execute_stub(const InitPlan& plan, int message) {
    std::string name = "skiff: container start";
    std::string number = std::to_string(message);
    char* const argv[] = {name.data(), number.data(), nullptr};
    char* const env[] = {nullptr};
    kernel::execveat(plan.stub.get(), "", argv, env, AT_EMPTY_PATH);
    throw SystemError{errno, "executing the start stub",
                      errno == EACCES ? "sysctl vm.memfd_noexec forbids executable memory files" : ""};
}

}  // namespace

std::string detail::home_in_passwd(std::string_view passwd, std::uint32_t uid) {
    for (const std::string& line : split(passwd, '\n')) {
        const std::vector<std::string> fields = split(line, ':');
        if (fields.size() < 6 || parse_uint(fields[2]) != uid) continue;
        return fields[5].starts_with('/') ? fields[5] : "";
    }
    return {};
}

std::vector<std::string> detail::environment_of(const Process& process) {
    std::vector<std::string> env = process.env;
    const bool has_home = std::any_of(env.begin(), env.end(), [](const std::string& entry) { return entry.starts_with("HOME="); });
    if (has_home) return env;
    const UniqueFd root{::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)};
    std::string home;
    try {
        if (const auto passwd = read_regular_in_root(root.get(), "/etc/passwd", kMaxPasswd)) home = home_in_passwd(*passwd, process.user.uid);
    } catch (const Error&) {
        // An unreadable or huge file of the image: as if there were none.
    }
    if (home.empty()) home = "/";
    env.push_back(concat("HOME=", home));
    return env;
}

void detail::become_program(InitPlan& plan, const Preparation& preparation, UniqueFd terminal, UniqueFd proc, bool keep_groups) {
    StageRequest request;
    request.plan = &plan;
    request.preparation = &preparation;
    request.proc_fd = proc.get();
    request.keep_groups = keep_groups;
    request.env = environment_of(*plan.process);
    enter_directory(plan.process->cwd, plan.process == &plan.spec->process);
    request.program = find_program(plan.process->args.front(), request.env);
    if (terminal) take_terminal(terminal.get());
    else connect_stdio(plan);
    const UniqueFd message = make_memfd("start", stage_message(request), /*sealed=*/false);
    plan.channel.send(Note::Ready);
    // The channel and the stub's own file are close-on-exec: the runtime sees the end of file when the stub runs.
    pass_to_stub({message.get(), plan.gate.get(), plan.result.get(), plan.notify_socket.get(), proc.get(), plan.channel.fd(), plan.stub.get()},
                 plan.preserve_fds);
    ::fcntl(plan.channel.fd(), F_SETFD, FD_CLOEXEC);
    ::fcntl(plan.stub.get(), F_SETFD, FD_CLOEXEC);
    execute_stub(plan, message.get());
}

}  // namespace skiff::oci::native
