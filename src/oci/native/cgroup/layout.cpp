#include "oci/native/cgroup/layout.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::native::cgroup {
namespace {

constexpr std::array<std::string_view, 14> kControllers = {"blkio", "cpu", "cpuacct", "cpuset", "devices", "freezer",
                                                           "hugetlb", "memory", "net_cls", "net_prio", "perf_event",
                                                           "pids", "rdma", "misc"};

/// "\040" and the like. Source: proc_pid_mountinfo(5).
std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size()) {
            out.push_back(static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0')));
            i += 3;
        } else {
            out.push_back(text[i]);
        }
    }
    return out;
}

std::string controllers_of(std::string_view super_options) {
    std::vector<std::string> found;
    for (const std::string& option : split(super_options, ',')) {
        const bool known = std::find(kControllers.begin(), kControllers.end(), option) != kControllers.end();
        if (known || option.starts_with("name=")) found.push_back(option);
    }
    return join(found, ",");
}

/// The same for "cpu,cpuacct" and "cpuacct,cpu".
std::string sorted_controllers(std::string_view controllers) {
    if (controllers.find(',') == std::string_view::npos) return std::string{controllers};
    std::vector<std::string> all = split(controllers, ',');
    std::sort(all.begin(), all.end());
    return join(all, ",");
}

/// /proc/self/cgroup: our cgroup by the hierarchy's controllers.
using OwnCgroups = std::map<std::string, std::string>;

OwnCgroups parse_own_cgroups(std::string_view self_cgroup) {
    OwnCgroups out;
    for (const std::string& line : split(self_cgroup, '\n')) {
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos) continue;
        out.emplace(sorted_controllers(std::string_view{line}.substr(first + 1, second - first - 1)), line.substr(second + 1));
    }
    return out;
}

/// Fields of one mountinfo line that matter here; nullopt when it is no cgroup mount.
std::optional<Hierarchy> parse_mount(std::string_view line, bool& is_v2) {
    const std::size_t separator = line.find(" - cgroup");
    if (separator == std::string_view::npos) return std::nullopt;
    const std::vector<std::string> before = split(line.substr(0, separator), ' ');
    const std::vector<std::string> after = split(line.substr(separator + 3), ' ');
    if (before.size() < 6 || after.size() < 3) return std::nullopt;
    is_v2 = after[0] == "cgroup2";
    if (!is_v2 && after[0] != "cgroup") return std::nullopt;
    Hierarchy found;
    found.root = unescape(before[3]);
    found.mount_point = unescape(before[4]);
    if (!is_v2) found.controllers = controllers_of(after[2]);
    return found;
}

}  // namespace

bool Hierarchy::has(std::string_view controller) const {
    std::string_view rest = controllers;
    while (!rest.empty()) {
        const std::size_t comma = rest.find(',');
        if (rest.substr(0, comma) == controller) return true;
        rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    }
    return false;
}

fs::path Hierarchy::directory(const std::string& path) const {
    // In a container without a cgroup namespace the mount shows a subtree: paths below it lose its prefix.
    std::string_view relative = path;
    if (root.size() > 1 && relative.starts_with(root)) relative.remove_prefix(root.size());
    while (relative.starts_with('/')) relative.remove_prefix(1);
    return relative.empty() ? mount_point : mount_point / relative;
}

const Hierarchy* Layout::find_v1(std::string_view controller) const {
    for (const Hierarchy& hierarchy : v1) {
        if (hierarchy.has(controller)) return &hierarchy;
    }
    return nullptr;
}

Layout parse_layout(std::string_view mountinfo, std::string_view self_cgroup) {
    Layout layout;
    const OwnCgroups own = parse_own_cgroups(self_cgroup);
    std::set<std::string> known;
    while (!mountinfo.empty()) {
        const std::string_view line = mountinfo.substr(0, mountinfo.find('\n'));
        mountinfo.remove_prefix(std::min(line.size() + 1, mountinfo.size()));
        bool is_v2 = false;
        std::optional<Hierarchy> found = parse_mount(line, is_v2);
        if (!found) continue;
        const std::string key = sorted_controllers(found->controllers);
        const auto place = own.find(key);
        found->own = place == own.end() ? "/" : place->second;
        if (is_v2) {
            if (!layout.unified) layout.unified = std::move(found);
            continue;
        }
        if (!key.empty() && known.insert(key).second) layout.v1.push_back(std::move(*found));
    }
    if (layout.unified) layout.mode = layout.v1.empty() ? Mode::Unified : Mode::Hybrid;
    return layout;
}

Layout read_layout() {
    Layout layout = parse_layout(read_file("/proc/self/mountinfo"), read_file("/proc/self/cgroup"));
    if (layout.v1.empty() && !layout.unified) {
        throw Error{ErrorKind::Unsupported, "no cgroup hierarchy is mounted", "mount -t cgroup2 cgroup2 /sys/fs/cgroup"};
    }
    return layout;
}

namespace {
bool cannot_be_written(const fs::path& mount_point) {
    return ::access((mount_point / "cgroup.procs").c_str(), W_OK) != 0 && errno == EROFS;
}
}  // namespace

bool is_read_only(const Layout& layout) {
    if (layout.unified) return cannot_be_written(layout.unified->mount_point);
    return !layout.v1.empty() && cannot_be_written(layout.v1.front().mount_point);
}

}  // namespace skiff::oci::native::cgroup
