#include <poll.h>

#include <array>

#include "oci/native/cgroup/oom_watch.h"
#include "oci/native/cli_run.h"
#include "util/files.h"
#include "util/json.h"

namespace skiff::oci::native {
namespace {

using Clock = std::chrono::steady_clock;

void print_line(const std::string& text) { write_all(STDOUT_FILENO, text + "\n", "standard output"); }

/// Until something happens or `end`; false when the container's init process has ended.
bool wait(int pidfd, int oom, Clock::time_point end) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    std::array<pollfd, 2> watched = {{{pidfd, POLLIN, 0}, {oom, POLLIN, 0}}};
    if (::poll(watched.data(), watched.size(), static_cast<int>(std::max<std::int64_t>(0, left.count()))) < 0 && errno != EINTR) {
        throw SystemError{errno, "waiting for events"};
    }
    return watched[0].revents == 0;
}

}  // namespace

int watch_events(const Container& container, std::chrono::milliseconds interval) {
    const UniqueFd pidfd = open_pidfd(container.record().init);
    if (!pidfd) return 0;
    const cgroup::Cgroup group = container.cgroup();
    cgroup::OomWatch watch{group};
    bool running = true;
    while (running) {
        print_line(stats_document(container));
        const auto end = Clock::now() + interval;
        while (running && Clock::now() < end) {
            running = wait(pidfd.get(), watch.fd(), end);
            if (watch.take(group)) print_line(dump(OrderedJson{{"type", "oom"}, {"id", container.id()}}));
        }
    }
    return 0;
}

}  // namespace skiff::oci::native
