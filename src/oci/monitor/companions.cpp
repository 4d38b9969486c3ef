#include "oci/monitor/companions.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>

#include "oci/monitor/attach_server.h"
#include "oci/monitor/socket.h"
#include "oci/monitor/stream_files.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"

namespace skiff::oci::monitor {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxListBytes = 1U << 20;
constexpr std::chrono::milliseconds kFirstPause = 50ms;
/// Whatever happens to it, it is back within a second.
constexpr std::chrono::milliseconds kLongestPause = 500ms;
constexpr std::chrono::milliseconds kWhileStarting = 20ms;
constexpr int kQuickWaits = 100;
/// Whoever served for that long did not fail at its start.
constexpr auto kStable = 10s;

std::vector<LoneProcess> read_companions(const fs::path& run_dir) {
    const auto text = read_file_if_exists_at(AT_FDCWD, run_dir / kCompanionsName, kMaxListBytes);
    std::vector<LoneProcess> companions;
    if (!text) return companions;
    for (const auto& entry : parse_json(*text, "companions")) {
        companions.push_back({string_or(entry, "lock"), strings_or_empty(entry, "command")});
    }
    return companions;
}

}  // namespace

void set_companions(const fs::path& run_dir, const std::vector<LoneProcess>& companions) {
    Json list = Json::array();
    for (const auto& companion : companions) list.push_back({{"lock", companion.lock.native()}, {"command", companion.command}});
    const UniqueFd dir = open_directory(run_dir);
    replace_file_at(dir.get(), kCompanionsName, dump(list), 0600);
    if (const UniqueFd control = connect_at(run_dir, kAttachName, SOCK_SEQPACKET)) send_message(control.get(), {.type = MessageType::Companions});
}

Companions::Companions(Poller& poller, fs::path run_dir) : poller_{poller}, run_dir_{std::move(run_dir)} { reload(); }

void Companions::reload() noexcept {
    std::vector<LoneProcess> wanted;
    try {
        wanted = read_companions(run_dir_);
    } catch (const std::exception&) {
        return;  // the former list stands
    }
    forget_all();
    for (auto& process : wanted) {
        if (process.command.empty()) continue;
        companions_.emplace_back();
        companions_.back().process = std::move(process);
        look(companions_.size() - 1);
    }
}

void Companions::forget_all() noexcept {
    for (const auto& companion : companions_) {
        if (companion.pidfd) poller_.remove(companion.pidfd.get());
    }
    companions_.clear();
}

void Companions::look(std::size_t index) noexcept {
    Companion& companion = companions_[index];
    companion.look_at = Clock::time_point::max();
    try {
        const LoneState state = start_if_missing(companion.process);
        if (state.presence == Presence::Unwanted) return;  // until the list changes
        if (state.presence == Presence::Serving) companion.pidfd = open_pidfd(state.process);
        if (!companion.pidfd) {
            wait_for_start(companion);
            return;
        }
        companion.waits = 0;
        companion.seen_since = Clock::now();
        poller_.add(companion.pidfd.get(), EPOLLIN, token(EventSource::Companion, static_cast<std::uint32_t>(index)));
    } catch (const std::exception&) {
        companion.pidfd.reset();
        postpone(companion);
    }
}

void Companions::postpone(Companion& companion) noexcept {
    companion.pause = std::clamp(companion.pause * 2, kFirstPause, kLongestPause);
    companion.look_at = Clock::now() + companion.pause;
}

/// By this monitor or another one.
void Companions::wait_for_start(Companion& companion) noexcept {
    companion.look_at = Clock::now() + (companion.waits < kQuickWaits ? kWhileStarting : kLongestPause);
    if (companion.waits < kQuickWaits) ++companion.waits;
}

void Companions::on_end(std::uint32_t index) noexcept {
    if (index >= companions_.size() || !companions_[index].pidfd) return;
    Companion& companion = companions_[index];
    poller_.remove(companion.pidfd.get());
    companion.pidfd.reset();
    if (Clock::now() - companion.seen_since < kStable) {
        postpone(companion);
        return;
    }
    companion.pause = 0ms;
    look(index);
}

void Companions::expire(Clock::time_point now) noexcept {
    for (std::size_t index = 0; index < companions_.size(); ++index) {
        if (companions_[index].look_at <= now) look(index);
    }
}

Companions::Clock::time_point Companions::next_look() const noexcept {
    auto next = Clock::time_point::max();
    for (const auto& companion : companions_) next = std::min(next, companion.look_at);
    return next;
}

}  // namespace skiff::oci::monitor
