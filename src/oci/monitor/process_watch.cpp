#include "oci/monitor/process_watch.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

constexpr ExitStatus kUnknown{137, 0};

/// linux/pidfd.h of Linux 6.15, in part; older headers lack it. The kernel fills as much as it is given room for.
struct PidfdInfo {
    std::uint64_t mask;
    std::uint64_t cgroupid;
    std::uint32_t pid, tgid, ppid;
    std::uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    std::int32_t exit_code;
};
constexpr std::uint64_t kPidfdInfoExit = 1U << 3;
constexpr unsigned long kPidfdGetInfo = _IOWR(0xFF, 11, PidfdInfo);

constexpr int kPatienceSteps = 100;
constexpr int kStepMilliseconds = 10;

}  // namespace

ProcessWatch::ProcessWatch(const ProcessIdentity& process) : process_{process} {
    int status = 0;
    const pid_t waited = ::waitpid(process.pid, &status, WNOHANG);
    if (waited == process.pid) status_ = exit_status_of(status);
    is_child_ = waited >= 0;
    if (!status_) pidfd_ = is_child_ ? open_pidfd(process.pid) : open_pidfd(process);
}

std::optional<ExitStatus> ProcessWatch::poll_end() {
    reap_children();
    if (!status_ && !is_child_ && has_ended()) status_ = status_of_stranger();
    return status_;
}

void ProcessWatch::reap_children() {
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        if (is_child_ && !status_ && pid == process_.pid) status_ = exit_status_of(status);
    }
}

bool ProcessWatch::has_ended() const {
    pollfd entry{pidfd_.get(), POLLIN, 0};
    return !pidfd_ || ::poll(&entry, 1, 0) > 0;
}

/// While it is a zombie its parent has the status, and /proc shows it; once reaped, the pidfd keeps it.
ExitStatus ProcessWatch::status_of_stranger() const {
    for (int step = 0; pidfd_ && step < kPatienceSteps; ++step) {
        if (const auto status = status_from_pidfd()) return *status;
        if (const auto status = status_of_zombie()) return *status;
        pollfd reaped{pidfd_.get(), 0, 0};
        ::poll(&reaped, 1, kStepMilliseconds);
        if ((reaped.revents & POLLHUP) != 0) return status_from_pidfd().value_or(kUnknown);
    }
    return kUnknown;
}

std::optional<ExitStatus> ProcessWatch::status_from_pidfd() const {
    PidfdInfo info{};
    info.mask = kPidfdInfoExit;
    if (::ioctl(pidfd_.get(), kPidfdGetInfo, &info) != 0 || (info.mask & kPidfdInfoExit) == 0) return std::nullopt;
    return exit_status_of(info.exit_code);
}

/// proc_pid_stat(5): field 3 is the state, 22 the start time, 52 the exit status.
std::optional<ExitStatus> ProcessWatch::status_of_zombie() const {
    const auto text = read_file_if_exists_at(AT_FDCWD, concat("/proc/", process_.pid, "/stat"), 4096);
    const auto name_end = text ? text->rfind(')') : std::string::npos;
    if (name_end == std::string::npos || name_end + 2 >= text->size()) return std::nullopt;
    const auto fields = split(trim(std::string_view{*text}.substr(name_end + 2)), ' ');
    if (fields.size() < 50 || fields[0] != "Z" || parse_uint(fields[19]) != process_.start_ticks) return std::nullopt;
    const auto status = parse_int(fields[49]);
    return status ? std::optional{exit_status_of(static_cast<int>(*status))} : std::nullopt;
}

void ProcessWatch::kill(int signal) noexcept {
    try {
        if (pidfd_) send_signal(pidfd_.get(), signal);
    } catch (const Error&) {
        // It can only have ended (its end is seen elsewhere) or be out of our reach, where nothing helps.
    }
}

}  // namespace skiff::oci::monitor
