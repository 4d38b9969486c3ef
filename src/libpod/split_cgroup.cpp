#include "libpod/split_cgroup.h"

#include <fcntl.h>

#include <cerrno>

#include "oci/native/cgroup/control_file.h"
#include "oci/native/cgroup/layout.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

using oci::native::cgroup::Hierarchy;
using oci::native::cgroup::Layout;

constexpr std::string_view kSupervisor = "supervisor";
constexpr int kRounds = 50;  // of processes that fork while they are moved

std::string without_supervisor(const std::string& path) {
    const std::string tail = concat("/", kSupervisor);
    if (!path.ends_with(tail)) return path;
    const std::string parent = path.substr(0, path.size() - tail.size());
    return parent.empty() ? "/" : parent;
}

std::string parent_in(const Layout& layout) {
    if (layout.unified && layout.unified->own != "/") return without_supervisor(layout.unified->own);
    const Hierarchy* systemd = layout.find_v1("name=systemd");
    return systemd != nullptr ? without_supervisor(systemd->own) : "/";
}

/// One that has ended meanwhile is where it should be.
void move_process(int supervisor, std::string_view pid) {
    const int failure = oci::native::cgroup::try_write_control(supervisor, "cgroup.procs", pid);
    if (failure != 0 && failure != ESRCH) throw SystemError{failure, concat("moving process ", pid, " into the cgroup \"supervisor\"")};
}

void move_all(int from, int supervisor) {
    for (int round = 0; round < kRounds; ++round) {
        const std::string pids{trim(oci::native::cgroup::read_control(from, "cgroup.procs").value_or(""))};
        if (pids.empty()) return;
        for (const std::string& pid : split(pids, '\n')) move_process(supervisor, pid);
    }
}

}  // namespace

std::string split_cgroup_parent() { return parent_in(oci::native::cgroup::read_layout()); }

void split_own_cgroup() {
    const Layout layout = oci::native::cgroup::read_layout();
    if (!layout.unified || without_supervisor(layout.unified->own) == "/") return;
    in_context("--cgroups split", [&] {
        const UniqueFd own = open_directory(layout.unified->directory(without_supervisor(layout.unified->own)));
        const UniqueFd supervisor = make_directory_at(own.get(), std::string{kSupervisor}, 0755);
        move_all(own.get(), supervisor.get());
    });
}

}  // namespace skiff::libpod
