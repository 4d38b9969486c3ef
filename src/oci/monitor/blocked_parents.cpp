#include "oci/monitor/blocked_parents.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

constexpr std::size_t kMaxStat = 4096;

/// Of an ended process that nobody has collected. Source: proc_pid_stat(5); the name in parentheses may hold anything.
std::optional<pid_t> parent_of_ended(int proc, const std::string& pid) {
    const auto text = read_file_if_exists_at(proc, concat(pid, "/stat"), kMaxStat);
    const auto name_end = text ? text->rfind(')') : std::string::npos;
    if (name_end == std::string::npos) return std::nullopt;
    const auto fields = split(text->substr(name_end + 1), ' ');  // "", state, parent
    if (fields.size() < 3 || fields[1] != "Z") return std::nullopt;
    const auto parent = parse_int(fields[2]);
    return parent && *parent > 0 ? std::optional{static_cast<pid_t>(*parent)} : std::nullopt;
}

std::optional<std::string> pid_namespace_of(int proc, const std::string& pid) { return read_link_at(proc, concat(pid, "/ns/pid")); }

bool runs_this_program(int proc, pid_t pid) {
    struct stat own {}, its {};
    return ::stat("/proc/self/exe", &own) == 0 && ::fstatat(proc, concat(pid, "/exe").c_str(), &its, 0) == 0 && own.st_dev == its.st_dev &&
           own.st_ino == its.st_ino;
}

/// A parent that ends before it is signalled has collected nothing more, and its number is not given again that soon.
void kill_parent(int proc, pid_t pid, std::span<const ProcessIdentity> known) {
    const auto recorded = std::find_if(known.begin(), known.end(), [&](const ProcessIdentity& process) { return process.pid == pid && is_alive(process); });
    const UniqueFd pidfd = open_pidfd(pid);
    if (pidfd && (recorded != known.end() || runs_this_program(proc, pid))) send_signal(pidfd.get(), SIGKILL);
}

}  // namespace

void kill_blocked_parents(const ProcessIdentity& init, std::span<const ProcessIdentity> known) {
    const UniqueFd proc = open_directory("/proc");
    const auto theirs = is_alive(init) ? pid_namespace_of(proc.get(), std::to_string(init.pid)) : std::nullopt;
    if (!theirs) return;
    for (const std::string& name : list_directory(proc.get())) {
        if (!parse_int(name) || pid_namespace_of(proc.get(), name) != theirs) continue;
        const auto parent = parent_of_ended(proc.get(), name);
        if (parent && *parent != ::getpid() && pid_namespace_of(proc.get(), std::to_string(*parent)) != theirs) kill_parent(proc.get(), *parent, known);
    }
}

}  // namespace skiff::oci::monitor
