#include "oci/native/cgroup/cgroup.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <thread>

#include "oci/native/cgroup/control_file.h"
#include "oci/native/errors.h"
#include "util/files.h"
#include "util/log.h"
#include "util/process.h"
#include "util/text.h"

namespace skiff::oci::native::cgroup {
namespace {

using namespace std::chrono_literals;

constexpr const char* kControllersWanted[] = {"cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc"};

/// Processes in the root of a delegated tree forbid controllers below it ("no internal processes"): they move aside.
void vacate(int directory) {
    const UniqueFd leaf = make_directory_at(directory, "skiff-init", 0755);
    for (const std::string& pid : split(read_control(directory, "cgroup.procs").value_or(""), '\n')) {
        if (!pid.empty()) try_write_control(leaf.get(), "cgroup.procs", pid);
    }
}

/// Controllers that the children of `parent` do not have yet.
std::vector<std::string> controllers_to_enable(int parent) {
    const std::vector<std::string> have = split(read_control(parent, "cgroup.controllers").value_or(""), ' ');
    const std::vector<std::string> on = split(read_control(parent, "cgroup.subtree_control").value_or(""), ' ');
    std::vector<std::string> missing;
    for (const char* name : kControllersWanted) {
        const bool there = std::find(have.begin(), have.end(), name) != have.end();
        if (there && std::find(on.begin(), on.end(), name) == on.end()) missing.emplace_back(name);
    }
    return missing;
}

/// A cgroup with processes takes a threaded controller (cpu, pids) all the same and turns into a threaded domain, whose
/// children take no process: so it is vacated before the first. The root of all, which has no type, is exempt.
void enable_controllers(int parent, int) {
    const std::vector<std::string> missing = controllers_to_enable(parent);
    if (missing.empty()) return;
    if (read_control(parent, "cgroup.type") && !read_control(parent, "cgroup.procs").value_or("").empty()) vacate(parent);
    for (const std::string& name : missing) {
        const int error = try_write_control(parent, "cgroup.subtree_control", concat("+", name));
        if (error != 0) log::debug(concat("cgroup controller ", name, ": ", errno_text(error), ", ignoring"));
    }
}

void collect(int directory, std::vector<pid_t>& pids) {
    for (const std::string& line : split(read_control(directory, "cgroup.procs").value_or(""), '\n')) {
        if (const auto pid = parse_int(line); pid && *pid > 0) pids.push_back(static_cast<pid_t>(*pid));
    }
    for (const std::string& name : list_directory(directory)) {
        struct stat status {};
        if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(status.st_mode)) continue;
        const UniqueFd below = open_at_if_exists(directory, name, O_RDONLY | O_DIRECTORY);
        if (below) collect(below.get(), pids);
    }
}

/// rmdir of a cgroup and all below it: 0, or errno of the first that stays.
int remove_levels(int parent, const char* name) {
    if (::unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
    if (errno == EROFS && ::faccessat(parent, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0) return 0;
    if (errno != EBUSY && errno != ENOTEMPTY) return errno;
    const UniqueFd directory{::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)};
    if (!directory) return errno == ENOENT ? 0 : errno;
    for (const std::string& child : list_directory(directory.get())) {
        struct stat status {};
        if (::fstatat(directory.get(), child.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode)) {
            remove_levels(directory.get(), child.c_str());
        }
    }
    return ::unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno;
}

/// Waits until a cgroup.events file shows `key value`, at most `limit`. Source: cgroup-v2, "frozen", "populated".
bool await_event(int directory, std::string_view key, std::string_view value, std::chrono::milliseconds limit) {
    const UniqueFd events{::openat(directory, "cgroup.events", O_RDONLY | O_CLOEXEC)};
    const auto end = std::chrono::steady_clock::now() + limit;
    for (;;) {
        if (read_control_key(directory, "cgroup.events", key).value_or("") == value) return true;
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        pollfd wait{events.get(), POLLPRI, 0};
        ::poll(&wait, events ? 1 : 0, static_cast<int>(std::min<std::int64_t>(left.count(), 100)));
    }
}

}  // namespace

std::string container_path(const std::string& cgroups_path, const std::string& id) {
    if (cgroups_path.empty()) return concat("/skiff/", id);
    const std::vector<std::string> parts = split(cgroups_path, '/');
    std::string path;
    for (const std::string& part : parts) {
        if (part.empty() || part == ".") continue;
        if (part == "..") throw ConfigInvalid{concat("config: linux.cgroupsPath ", quote(cgroups_path), " must not have \"..\"")};
        path += concat("/", part);
    }
    if (path.empty()) throw ConfigInvalid{"config: linux.cgroupsPath must not be the root cgroup"};
    return path;
}

UniqueFd detail::make_levels(const Hierarchy& hierarchy, const std::string& path, void (*each)(int, int)) {
    UniqueFd current = open_directory(hierarchy.mount_point);
    const std::string relative = hierarchy.directory(path).lexically_relative(hierarchy.mount_point);
    const std::vector<std::string> parts = split(relative, '/');
    for (const std::string& part : parts) {
        // All but the last are mostly there, and a mkdir that fails locks the parent.
        UniqueFd next = &part == &parts.back() ? UniqueFd{} : open_at_if_exists(current.get(), part, O_RDONLY | O_DIRECTORY);
        const bool made = !next && ::mkdirat(current.get(), part.c_str(), 0755) == 0;
        if (!next && !made && errno != EEXIST) throw SystemError{errno, concat("making cgroup ", quote(path), " of ", hierarchy.mount_point.native())};
        if (each == enable_controllers) each(current.get(), -1);
        if (!next) next = open_directory_at(current.get(), part);
        if (made && each != nullptr && each != enable_controllers) each(current.get(), next.get());
        current = std::move(next);
    }
    return current;
}

UniqueFd Cgroup::open(const Hierarchy& hierarchy) const {
    return open_at_if_exists(AT_FDCWD, hierarchy.directory(path_), O_RDONLY | O_DIRECTORY);
}

UniqueFd Cgroup::make_unified() {
    if (!layout_.unified) return {};
    return detail::make_levels(*layout_.unified, path_, layout_.mode == Mode::Unified ? enable_controllers : nullptr);
}

void Cgroup::make_legacy() {
    for (const Hierarchy& hierarchy : layout_.v1) {
        const UniqueFd made = detail::make_levels(hierarchy, path_, hierarchy.has("cpuset") ? detail::inherit_cpuset : nullptr);
    }
}

void Cgroup::apply(const Resources& resources, bool first) {
    for (const Hierarchy& hierarchy : layout_.v1) {
        if (!detail::has_limits(hierarchy)) continue;
        const UniqueFd directory = open_directory(hierarchy.directory(path_));
        detail::apply_legacy(hierarchy, directory.get(), resources, first);
    }
    if (layout_.mode == Mode::Unified) {
        const UniqueFd directory = open_directory(layout_.unified->directory(path_));
        detail::apply_unified(directory.get(), resources, first);
    } else if (!resources.unified.empty()) {
        throw ConfigInvalid{"config: linux.resources.unified needs a host with cgroup v2 alone"};
    }
}

void Cgroup::enter(bool unified) const {
    for (const Hierarchy& hierarchy : layout_.v1) {
        const fs::path directory = hierarchy.directory(path_);
        // "0" to tasks moves this one thread without the wait for a grace period that moving a process needs.
        if (try_write_control(AT_FDCWD, directory / "tasks", "0") == 0) continue;
        write_control(open_directory(directory).get(), "cgroup.procs", "0");
    }
    if (!unified || !layout_.unified) return;
    const UniqueFd directory = open_directory(layout_.unified->directory(path_));
    write_control(directory.get(), "cgroup.procs", "0");
}

void Cgroup::attach(pid_t pid) const {
    const std::string text = std::to_string(pid);
    for (const Hierarchy& hierarchy : layout_.v1) {
        write_control(open_directory(hierarchy.directory(path_)).get(), "cgroup.procs", text);
    }
    if (layout_.unified) write_control(open_directory(layout_.unified->directory(path_)).get(), "cgroup.procs", text);
}

bool Cgroup::exists() const {
    if (layout_.unified) return static_cast<bool>(open(*layout_.unified));
    return std::any_of(layout_.v1.begin(), layout_.v1.end(), [&](const Hierarchy& each) { return static_cast<bool>(open(each)); });
}

std::vector<pid_t> Cgroup::processes() const {
    // On hybrid the v2 tree has every process too.
    std::vector<pid_t> pids;
    const Hierarchy* best = layout_.unified ? &*layout_.unified : layout_.find_v1("pids");
    if (best == nullptr && !layout_.v1.empty()) best = &layout_.v1.front();
    const UniqueFd directory = best == nullptr ? UniqueFd{} : open(*best);
    if (directory) collect(directory.get(), pids);
    return pids;
}

/// One round of SIGKILL to all. True when none is left.
bool Cgroup::clear_once() const {
    const std::vector<pid_t> pids = processes();
    for (const pid_t pid : pids) ::kill(pid, SIGKILL);
    return pids.empty();
}

void Cgroup::signal_all(int signal) const {
    if (signal == SIGKILL && layout_.unified) {
        const UniqueFd directory = open(*layout_.unified);
        if (directory && try_write_control(directory.get(), "cgroup.kill", "1") == 0) return;
    }
    if (signal != SIGKILL) {
        for (const pid_t pid : processes()) ::kill(pid, signal);
        return;
    }
    for (int round = 0; round < 200; ++round) {  // without cgroup.kill: frozen, nothing can fork away
        freeze();
        const bool empty = clear_once();
        thaw();
        if (empty) return;
        std::this_thread::sleep_for(5ms);
    }
}

void Cgroup::freeze() const {
    if (layout_.unified) {
        const UniqueFd directory = open(*layout_.unified);
        if (directory && try_write_control(directory.get(), "cgroup.freeze", "1") == 0) {
            if (await_event(directory.get(), "frozen", "1", 10s)) return;
            throw Error{ErrorKind::Timeout, concat("cgroup ", quote(path_), " did not freeze within 10 seconds")};
        }
    }
    const Hierarchy* hierarchy = layout_.find_v1("freezer");
    const UniqueFd directory = hierarchy == nullptr ? UniqueFd{} : open(*hierarchy);
    if (!directory) throw Error{ErrorKind::Unsupported, "this host has no freezer cgroup"};
    for (int round = 0; round < 1000; ++round) {
        write_control(directory.get(), "freezer.state", "FROZEN");
        if (read_control(directory.get(), "freezer.state").value_or("") == "FROZEN") return;
        std::this_thread::sleep_for(1ms);
    }
    write_control(directory.get(), "freezer.state", "THAWED");
    throw Error{ErrorKind::Timeout, concat("cgroup ", quote(path_), " did not freeze")};
}

void Cgroup::thaw() const {
    if (layout_.unified) {
        const UniqueFd directory = open(*layout_.unified);
        if (directory) try_write_control(directory.get(), "cgroup.freeze", "0");
    }
    if (const Hierarchy* hierarchy = layout_.find_v1("freezer")) {
        const UniqueFd directory = open(*hierarchy);
        if (directory) write_control(directory.get(), "freezer.state", "THAWED");
    }
}

bool Cgroup::frozen() const {
    if (layout_.unified) {
        const UniqueFd directory = open(*layout_.unified);
        if (directory && read_control(directory.get(), "cgroup.freeze").value_or("") == "1") return true;
    }
    const Hierarchy* hierarchy = layout_.find_v1("freezer");
    const UniqueFd directory = hierarchy == nullptr ? UniqueFd{} : open(*hierarchy);
    return directory && read_control(directory.get(), "freezer.state").value_or("THAWED") != "THAWED";
}

void Cgroup::remove() const {
    std::vector<const Hierarchy*> all;
    for (const Hierarchy& hierarchy : layout_.v1) all.push_back(&hierarchy);
    if (layout_.unified) all.push_back(&*layout_.unified);
    bool killed = false;
    for (const Hierarchy* hierarchy : all) {
        const fs::path directory = hierarchy->directory(path_);
        const UniqueFd parent = open_at_if_exists(AT_FDCWD, directory.parent_path(), O_RDONLY | O_DIRECTORY);
        if (!parent) continue;
        int error = remove_levels(parent.get(), directory.filename().c_str());
        for (int round = 0; error == EBUSY && round < 1000; ++round) {
            if (!std::exchange(killed, true)) {
                thaw();
                signal_all(SIGKILL);
            }
            std::this_thread::sleep_for(round < 20 ? 1ms : 10ms);
            error = remove_levels(parent.get(), directory.filename().c_str());
        }
        if (error != 0) throw SystemError{error, concat("removing cgroup ", quote(directory.native()))};
    }
}

fs::path Cgroup::oom_file() const {
    if (const Hierarchy* memory = layout_.find_v1("memory")) return memory->directory(path_) / "memory.oom_control";
    if (layout_.mode == Mode::Unified) return layout_.unified->directory(path_) / "memory.events";
    return {};
}

std::uint64_t Cgroup::oom_kills() const {
    const fs::path file = oom_file();
    if (file.empty()) return 0;
    const UniqueFd directory = open_at_if_exists(AT_FDCWD, file.parent_path(), O_RDONLY | O_DIRECTORY);
    if (!directory) return 0;
    const auto text = read_control_key(directory.get(), file.filename(), "oom_kill");
    return text ? parse_uint(*text).value_or(0) : 0;
}

}  // namespace skiff::oci::native::cgroup
