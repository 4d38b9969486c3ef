#pragma once
/// Background processes that a container needs beside its own, and that serve other containers too (the DNS responders of its
/// networks): each such container's monitor watches them by pidfd and starts again what died. One of the monitors does, by the
/// process's lock; the others find it running (util/lone_process.h).
///
/// Which they are is in RUN_DIR/companions, and may change while the container runs.

#include <chrono>
#include <filesystem>
#include <vector>

#include "util/lone_process.h"
#include "util/poller.h"

namespace skiff::oci::monitor {

namespace fs = std::filesystem;

/// Writes the list and tells the monitor, where there is one: it reads it too when it starts. Throws SystemError.
void set_companions(const fs::path& run_dir, const std::vector<LoneProcess>& companions);

/// The monitor's side. Nothing here throws: a companion that cannot be started now is tried again later.
class Companions {
public:
    using Clock = std::chrono::steady_clock;

    Companions(Poller& poller, fs::path run_dir);
    /// Reads the list (again); who is new in it is looked for at once.
    void reload() noexcept;
    /// From now on nobody is watched.
    void forget_all() noexcept;
    /// The pidfd of number `index` became readable.
    void on_end(std::uint32_t index) noexcept;
    /// Looks for those whose time has come.
    void expire(Clock::time_point now) noexcept;
    /// When expire() has something to do; Clock::time_point::max() while all of them serve.
    Clock::time_point next_look() const noexcept;

private:
    struct Companion {
        LoneProcess process;
        UniqueFd pidfd;
        Clock::time_point look_at;                ///< max(): not before the pidfd says so
        Clock::time_point seen_since;
        std::chrono::milliseconds pause{0};       ///< before it is started again; grows while it does not stay
        int waits = 0;                            ///< looks at one that somebody is starting
    };

    void look(std::size_t index) noexcept;
    static void postpone(Companion& companion) noexcept;
    static void wait_for_start(Companion& companion) noexcept;

    Poller& poller_;
    fs::path run_dir_;
    std::vector<Companion> companions_;
};

}  // namespace skiff::oci::monitor
