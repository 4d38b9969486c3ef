#pragma once
/// Work in a forked child, so that what it does to the process (threads, dlopen, memory) never reaches the
/// process that forks monitors.
///
/// The worker dies with its parent (prctl(2), PR_SET_PDEATHSIG), has default signal handling, and belongs to
/// the same process group, so Ctrl-C reaches both. It must open its own database connection and its own locks:
/// it inherits no flock that it may rely on, and must not use the parent's SQLite handle.

#include <functional>
#include <string>
#include <string_view>

namespace skiff {

/// The worker's end.
class WorkerChannel {
public:
    explicit WorkerChannel(int fd) noexcept : fd_{fd} {}
    /// Sends one message (progress, for instance) to the parent's `on_message`.
    void send(std::string_view message) const;

private:
    int fd_;
};

/// Runs `work` in a child and gives back what it returned. An Error thrown in the child is thrown here with the
/// same kind, text, hint and code; another exception becomes Error{System}. Error{Cancelled} when the child was
/// interrupted (SIGINT, SIGTERM, SIGHUP), Error{System} naming the signal when it was killed or crashed. `name`
/// says in errors what the worker was doing ("pulling an image").
std::string run_in_worker(std::string_view name, const std::function<std::string(const WorkerChannel&)>& work,
                          const std::function<void(std::string_view)>& on_message = {});

}  // namespace skiff
