#include "oci/native/cgroup/oom_watch.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <thread>
#include <utility>

#include "oci/native/cgroup/control_file.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::native::cgroup {
namespace {

/// memory.events is a file of kernfs: a change of it is one that inotify(7) sees.
UniqueFd watch_file(const fs::path& file) {
    UniqueFd event{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    if (!event || ::inotify_add_watch(event.get(), file.c_str(), IN_MODIFY) < 0) {
        throw SystemError{errno, concat("watching ", quote(file.native()))};
    }
    return event;
}

}  // namespace

OomWatch::OomWatch(const Cgroup& group) : kills_{group.oom_kills()} {
    const fs::path file = group.oom_file();
    if (file.empty()) return;
    if (file.filename() == "memory.events") {
        event_ = watch_file(file);
        return;
    }
    const UniqueFd directory = open_directory(file.parent_path());
    control_ = open_at(directory.get(), file.filename(), O_RDONLY);
    event_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!event_) throw SystemError{errno, "making an event descriptor"};
    write_control(directory.get(), "cgroup.event_control", concat(event_.get(), " ", control_.get()));
}

bool OomWatch::take(const Cgroup& group) {
    std::array<char, 4096> ignored{};
    bool told = false;
    while (event_ && ::read(event_.get(), ignored.data(), ignored.size()) > 0) told = true;
    std::uint64_t now = group.oom_kills();
    // On v1 the event comes when memory is out, the counter moves once somebody has been killed for it.
    for (int round = 0; told && now == kills_ && round < 40; ++round) {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
        now = group.oom_kills();
    }
    return std::exchange(kills_, now) < now;
}

}  // namespace skiff::oci::native::cgroup
