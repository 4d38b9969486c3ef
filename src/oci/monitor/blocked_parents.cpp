#include "oci/monitor/blocked_parents.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

constexpr std::size_t kMaxFile = 16384;
constexpr std::chrono::milliseconds kToCollect{200};
constexpr std::uint64_t kExiting = 4;  ///< PF_EXITING, include/linux/sched.h

struct ProcStat {
    bool has_ended = false;
    pid_t parent = -1;
    std::uint64_t flags = 0;
    std::uint64_t start_ticks = 0;
};

/// Source: proc_pid_stat(5), fields 3, 4, 9, 20 and 22. The name in parentheses may hold anything. One whose first thread has ended is a zombie
/// too while its others go on.
std::optional<ProcStat> stat_of(int proc, pid_t pid) {
    const auto text = read_file_if_exists_at(proc, concat(pid, "/stat"), kMaxFile);
    const auto name_end = text ? text->rfind(')') : std::string::npos;
    if (name_end == std::string::npos || name_end + 2 >= text->size()) return std::nullopt;
    const auto fields = split(std::string_view{*text}.substr(name_end + 2), ' ');
    if (fields.size() < 20) return std::nullopt;
    const auto number = [&](std::size_t field) { return parse_uint(fields[field - 3]).value_or(0); };
    return ProcStat{fields[0] == "Z" && number(20) <= 1, static_cast<pid_t>(number(4)), number(9), number(22)};
}

std::optional<std::string> pid_namespace_of(int proc, pid_t pid) { return read_link_at(proc, concat(pid, "/ns/pid")); }

/// Source: proc_pid_status(5), NSpid: the process's number in each PID namespace, its own last.
bool is_first_of_namespace(int proc, pid_t pid) {
    const auto text = read_file_if_exists_at(proc, concat(pid, "/status"), kMaxFile);
    const auto line = text ? text->find("\nNSpid:") : std::string::npos;
    if (line == std::string::npos) return false;
    const auto end = text->find('\n', line + 1);
    return std::string_view{*text}.substr(line, end - line).ends_with("\t1");
}

bool is_ending(int proc, const ProcessIdentity& init) {
    const auto stat = is_alive(init) ? stat_of(proc, init.pid) : std::nullopt;
    return stat && (stat->flags & kExiting) != 0 && is_first_of_namespace(proc, init.pid);
}

bool runs_this_program(int proc, pid_t pid) {
    struct stat own {}, its {};
    return ::stat("/proc/self/exe", &own) == 0 && ::fstatat(proc, concat(pid, "/exe").c_str(), &its, 0) == 0 && own.st_dev == its.st_dev &&
           own.st_ino == its.st_ino;
}

/// An ended process that its parent, outside, has not collected.
struct Uncollected {
    pid_t pid;
    std::uint64_t start_ticks;
    pid_t parent;
};

class Search {
public:
    Search(int proc, const ProcessIdentity& init, std::span<const ProcessIdentity> known)
        : proc_{proc}, init_{init.pid}, namespace_{pid_namespace_of(proc, init.pid)}, known_{known} {}

    std::vector<Uncollected> find() const {
        std::vector<Uncollected> found;
        for (const std::string& name : list_directory(proc_)) {
            const auto pid = static_cast<pid_t>(parse_int(name).value_or(0));
            if (pid <= 0 || pid == init_ || !namespace_ || pid_namespace_of(proc_, pid) != namespace_) continue;
            const auto stat = stat_of(proc_, pid);
            if (stat && stat->has_ended && is_ours(stat->parent)) found.push_back({pid, stat->start_ticks, stat->parent});
        }
        return found;
    }

    /// To the parent, if it still has not collected the process.
    void signal(const Uncollected& process, int signal) const {
        const UniqueFd parent = open_pidfd(process.parent);
        const auto stat = stat_of(proc_, process.pid);
        const bool is_same = stat && stat->has_ended && stat->start_ticks == process.start_ticks && stat->parent == process.parent;
        if (parent && is_same) send_signal(parent.get(), signal);
    }

private:
    bool is_ours(pid_t parent) const {
        if (parent <= 0 || parent == ::getpid() || pid_namespace_of(proc_, parent) == namespace_) return false;
        const auto recorded = std::find_if(known_.begin(), known_.end(), [&](const ProcessIdentity& process) { return process.pid == parent && is_alive(process); });
        return recorded != known_.end() || runs_this_program(proc_, parent);
    }

    int proc_;
    pid_t init_;
    std::optional<std::string> namespace_;
    std::span<const ProcessIdentity> known_;
};

}  // namespace

bool end_blocked_parents(const ProcessIdentity& init, std::span<const ProcessIdentity> known) {
    const UniqueFd proc = open_directory("/proc");
    if (!is_ending(proc.get(), init)) return false;
    const Search search{proc.get(), init, known};
    const auto uncollected = search.find();
    for (const Uncollected& process : uncollected) search.signal(process, SIGCONT);
    if (uncollected.empty()) return true;
    std::this_thread::sleep_for(kToCollect);
    for (const Uncollected& process : uncollected) search.signal(process, SIGKILL);
    return true;
}

}  // namespace skiff::oci::monitor
