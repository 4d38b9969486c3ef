#include "oci/monitor/probe_timer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

#include "oci/monitor/attach_server.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::monitor {

ProbeTimer::ProbeTimer(Poller& poller, std::string file, const std::vector<std::string>& command, const Background& background)
    : poller_{poller}, file_{std::move(file)}, command_{command}, background_{background} {
    look();
}

/// A child that was reaped is gone for kill(2), too.
bool ProbeTimer::has_ended() {
    if (running_ == 0 || ::kill(running_, 0) == 0) return false;
    running_ = 0;
    return true;
}

void ProbeTimer::look() {
    if (command_.empty()) return;
    const bool ended = has_ended();
    if (running_ != 0) return;
    const std::string before = seen_;
    read_file();
    // A command that left the file as it was did not get far: it must not be executed without a pause.
    if (ended && !seen_.empty() && seen_ == before) arm(1000);
}

void ProbeTimer::read_file() {
    struct stat status {};
    if (::stat(file_.c_str(), &status) != 0) {
        seen_.clear();
        return arm(-1);
    }
    std::string now = concat(status.st_ino, ".", status.st_mtim.tv_sec, ".", status.st_mtim.tv_nsec);
    if (now == seen_) return;
    seen_ = std::move(now);
    const auto text = read_file_if_exists_at(AT_FDCWD, file_, 64);
    const auto delay = text ? parse_int(trim(*text)) : std::nullopt;
    arm(delay.value_or(-1));
}

/// A negative number disarms.
void ProbeTimer::arm(std::int64_t milliseconds) {
    if (!timer_) {
        if (milliseconds < 0) return;
        timer_.reset(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
        if (!timer_) return;
        poller_.add(timer_.get(), EPOLLIN, token(EventSource::ProbeTime));
    }
    itimerspec when{};
    if (milliseconds >= 0) {
        when.it_value.tv_sec = static_cast<time_t>(milliseconds / 1000);
        when.it_value.tv_nsec = std::max(1L, static_cast<long>(milliseconds % 1000 * 1'000'000));
    }
    ::timerfd_settime(timer_.get(), 0, &when, nullptr);
}

void ProbeTimer::on_time() {
    std::uint64_t ticks = 0;
    if (::read(timer_.get(), &ticks, sizeof ticks) < 0 || running_ != 0) return;
    const pid_t child = ::fork();
    if (child == 0) {
        background_.execute(command_);
        ::_exit(125);
    }
    if (child > 0) running_ = child;
    else arm(1000);  // later, perhaps
}

}  // namespace skiff::oci::monitor
