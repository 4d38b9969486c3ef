#include "cli/top_processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <optional>

#include "cli/format/go_duration.h"
#include "libpod/container.h"
#include "libpod/state.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

constexpr std::size_t kFileLimit = 1U << 20;

// One process, as /proc shows it at one moment.
struct Process {
    pid_t pid = 0;
    std::map<std::string, std::string> status;  ///< of /proc/PID/status
    std::vector<std::string> stat;              ///< fields of /proc/PID/stat from the third on
    std::string arguments;
    std::string label;
};

// Numbers of users and groups to names, from a passwd or group file.
using Names = std::map<std::uint64_t, std::string>;

struct IdRange {
    std::uint64_t inside = 0, outside = 0, count = 0;
};

// What the columns need besides the process.
struct Scene {
    std::map<pid_t, pid_t> inner_pids;  ///< host pid to pid in the container
    Names users, groups, host_users, host_groups;
    std::vector<IdRange> uid_map, gid_map;
    double uptime_s = 0;
    double ticks_per_s = 100;
};

std::string proc_file(pid_t pid, const char* name) {
    try {
        return read_file(concat("/proc/", pid, "/", name), kFileLimit);
    } catch (const Error&) {
        return {};  // the process has ended
    }
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : text) {
        if (c == ' ' || c == '\t' || c == '\n') {
            if (!word.empty()) words.push_back(std::exchange(word, {}));
        } else {
            word.push_back(c);
        }
    }
    if (!word.empty()) words.push_back(word);
    return words;
}

std::uint64_t number(std::string_view text) { return parse_uint(text).value_or(0); }

std::vector<pid_t> all_pids() {
    std::vector<pid_t> pids;
    const UniqueFd proc = open_directory("/proc");
    for (const std::string& name : list_directory(proc.get())) {
        if (const auto pid = parse_int(name)) pids.push_back(static_cast<pid_t>(*pid));
    }
    std::ranges::sort(pids);
    return pids;
}

std::string namespace_of(pid_t pid) {
    std::array<char, 64> target{};
    const ssize_t length = ::readlink(concat("/proc/", pid, "/ns/pid").c_str(), target.data(), target.size());
    return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length)) : std::string{};
}

// The container's cgroup carries its ID. Without a cgroup of its own, its PID namespace tells.
std::vector<pid_t> pids_of(const libpod::Container& container) {
    const pid_t init = container.state().init.pid;
    const bool by_cgroup = proc_file(init, "cgroup").find(container.id()) != std::string::npos;
    const std::string space = namespace_of(init);
    std::vector<pid_t> pids;
    for (const pid_t pid : all_pids()) {
        const bool belongs = by_cgroup ? proc_file(pid, "cgroup").find(container.id()) != std::string::npos
                                       : namespace_of(pid) == space;
        if (belongs) pids.push_back(pid);
    }
    return pids;
}

std::optional<Process> read_process(pid_t pid) {
    Process process;
    process.pid = pid;
    for (const std::string& line : split(proc_file(pid, "status"), '\n')) {
        if (auto pair = split_once(line, ':')) process.status[pair->first] = std::string{trim(pair->second)};
    }
    const std::string stat = proc_file(pid, "stat");
    const auto after_name = stat.rfind(')');  // the name may hold anything, a parenthesis too
    if (process.status.empty() || after_name == std::string::npos) return std::nullopt;
    process.stat = words_of(std::string_view{stat}.substr(after_name + 1));
    process.arguments = proc_file(pid, "cmdline");
    while (!process.arguments.empty() && process.arguments.back() == '\0') process.arguments.pop_back();
    std::ranges::replace(process.arguments, '\0', ' ');
    process.label = std::string{trim(proc_file(pid, "attr/current"))};
    return process.stat.size() >= 22 ? std::optional{std::move(process)} : std::nullopt;
}

// "name:x:number:…"
Names names_in(const std::optional<std::string>& content) {
    Names names;
    if (!content) return names;
    for (const std::string& line : split(*content, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() < 3) continue;
        if (const auto id = parse_uint(fields[2])) names.emplace(*id, fields[0]);
    }
    return names;
}

Names host_names(const char* file) {
    try {
        return names_in(read_file(file, kFileLimit));
    } catch (const Error&) {
        return {};
    }
}

std::vector<IdRange> id_map(pid_t pid, const char* file) {
    std::vector<IdRange> map;
    for (const std::string& line : split(proc_file(pid, file), '\n')) {
        const auto fields = words_of(line);
        if (fields.size() == 3) map.push_back({number(fields[0]), number(fields[1]), number(fields[2])});
    }
    return map;
}

std::uint64_t inside(const std::vector<IdRange>& map, std::uint64_t id) {
    for (const IdRange& range : map) {
        if (id >= range.outside && id - range.outside < range.count) return range.inside + (id - range.outside);
    }
    return id;
}

std::string named(const Names& names, std::uint64_t id) {
    const auto found = names.find(id);
    return found != names.end() ? found->second : std::to_string(id);
}

Scene scene_of(const libpod::Container& container, const std::vector<Process>& processes) {
    Scene scene;
    const pid_t init = container.state().init.pid;
    const UniqueFd root = container.open_running_root();
    scene.users = names_in(read_regular_in_root(root.get(), "etc/passwd", kFileLimit));
    scene.groups = names_in(read_regular_in_root(root.get(), "etc/group", kFileLimit));
    scene.host_users = host_names("/etc/passwd");
    scene.host_groups = host_names("/etc/group");
    scene.uid_map = id_map(init, "uid_map");
    scene.gid_map = id_map(init, "gid_map");
    const auto uptime = words_of(read_file("/proc/uptime", kFileLimit));
    scene.uptime_s = uptime.empty() ? 0 : parse_double(uptime[0]).value_or(0);
    scene.ticks_per_s = static_cast<double>(::sysconf(_SC_CLK_TCK));
    for (const Process& process : processes) {
        const auto pids = words_of(process.status.contains("NSpid") ? process.status.at("NSpid") : std::string{});
        scene.inner_pids[process.pid] = pids.empty() ? process.pid : static_cast<pid_t>(number(pids.back()));
    }
    return scene;
}

std::string status_word(const Process& process, const char* key, std::size_t position) {
    const auto found = process.status.find(key);
    if (found == process.status.end()) return {};
    const auto words = words_of(found->second);
    return position < words.size() ? words[position] : std::string{};
}

/// To a hundredth of a second, which is what the kernel counts in.
std::string duration_of(double seconds) { return go_duration(static_cast<std::uint64_t>(std::llround(seconds * 100)) * 10'000'000); }

double elapsed_s(const Process& process, const Scene& scene) {
    const double started = static_cast<double>(number(process.stat[19])) / scene.ticks_per_s;
    return std::max(0.0, scene.uptime_s - started);
}

double cpu_s(const Process& process, const Scene& scene) {
    return static_cast<double>(number(process.stat[11]) + number(process.stat[12])) / scene.ticks_per_s;
}

std::string percent(const Process& process, const Scene& scene) {
    const double elapsed = elapsed_s(process, scene);
    const double share = elapsed > 0 ? 100 * cpu_s(process, scene) / elapsed : 0;
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), share, std::chars_format::fixed, 3).ptr;
    return {text.data(), end};
}

// Source: proc_pid_stat(5), field 7; Documentation/admin-guide/devices.txt.
std::string terminal(const Process& process) {
    const auto device = static_cast<dev_t>(number(process.stat[4]));
    if (device == 0) return "?";
    constexpr unsigned kFirstPts = 136, kLastPts = 143, kConsoles = 4;
    if (major(device) >= kFirstPts && major(device) <= kLastPts) return concat("pts/", minor(device) + (major(device) - kFirstPts) * 256);
    if (major(device) == kConsoles) return concat("tty", minor(device));
    return "?";
}

constexpr std::array kCapabilities = {
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
    "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
    "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
    "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
    "CHECKPOINT_RESTORE",
};

std::string capability_names(const Process& process, const char* set) {
    const std::string mask_text = status_word(process, set, 0);
    std::uint64_t mask = 0;
    std::from_chars(mask_text.data(), mask_text.data() + mask_text.size(), mask, 16);
    std::vector<std::string> names;
    for (std::size_t bit = 0; bit < kCapabilities.size(); ++bit) {
        if ((mask >> bit & 1U) != 0) names.emplace_back(kCapabilities[bit]);
    }
    if (names.empty()) return "none";
    if (names.size() == kCapabilities.size()) return "full";
    std::ranges::sort(names);
    return join(names, ",");
}

std::string seccomp_mode(const Process& process) {
    const std::string mode = status_word(process, "Seccomp", 0);
    if (mode == "0") return "disabled";
    if (mode == "1") return "strict";
    if (mode == "2") return "filter";
    return "?";
}

std::string group_list(const Process& process, const Scene& scene, bool host) {
    const auto found = process.status.find("Groups");
    std::vector<std::string> names;
    for (const std::string& id : words_of(found == process.status.end() ? std::string{} : found->second)) {
        names.push_back(host ? named(scene.host_groups, number(id)) : named(scene.groups, inside(scene.gid_map, number(id))));
    }
    return join(names, ",");
}

// Columns 0 real, 1 effective of Uid and Gid.
std::string user(const Process& process, const Scene& scene, std::size_t which) {
    return named(scene.users, inside(scene.uid_map, number(status_word(process, "Uid", which))));
}
std::string group(const Process& process, const Scene& scene, std::size_t which) {
    return named(scene.groups, inside(scene.gid_map, number(status_word(process, "Gid", which))));
}

std::string inner_pid(const Scene& scene, pid_t pid) {
    const auto found = scene.inner_pids.find(pid);
    return found != scene.inner_pids.end() ? std::to_string(found->second) : "0";
}

std::string last_status_word(const Process& process, const char* key) {
    const auto found = process.status.find(key);
    const auto words = words_of(found == process.status.end() ? std::string{} : found->second);
    return words.empty() ? "0" : words.back();
}

std::string started(const Process& process, const Scene& scene) {
    return go_time(now_nanos() - static_cast<std::int64_t>(elapsed_s(process, scene) * 1e9));
}

std::string command_line(const Process& process) {
    const std::string name = process.status.contains("Name") ? process.status.at("Name") : std::string{};
    return process.arguments.empty() ? concat("[", name, "]") : process.arguments;
}

struct Column {
    std::string_view name;
    std::string_view aix;
    std::string_view title;
    std::string (*text)(const Process&, const Scene&);
};

using P = const Process&;
using S = const Scene&;
constexpr Column kColumns[] = {
    {"args", "%a", "COMMAND", [](P p, S) { return command_line(p); }},
    {"capamb", "", "AMBIENT CAPS", [](P p, S) { return capability_names(p, "CapAmb"); }},
    {"capbnd", "", "BOUNDING CAPS", [](P p, S) { return capability_names(p, "CapBnd"); }},
    {"capeff", "", "EFFECTIVE CAPS", [](P p, S) { return capability_names(p, "CapEff"); }},
    {"capinh", "", "INHERITED CAPS", [](P p, S) { return capability_names(p, "CapInh"); }},
    {"capprm", "", "PERMITTED CAPS", [](P p, S) { return capability_names(p, "CapPrm"); }},
    {"comm", "%c", "COMMAND", [](P p, S) { return status_word(p, "Name", 0); }},
    {"etime", "%t", "ELAPSED", [](P p, S s) { return duration_of(elapsed_s(p, s)); }},
    {"group", "%G", "GROUP", [](P p, S s) { return group(p, s, 1); }},
    {"groups", "", "GROUPS", [](P p, S s) { return group_list(p, s, /*host=*/false); }},
    {"hgroup", "", "HGROUP", [](P p, S s) { return named(s.host_groups, number(status_word(p, "Gid", 1))); }},
    {"hgroups", "", "HGROUPS", [](P p, S s) { return group_list(p, s, /*host=*/true); }},
    {"hpid", "", "HPID", [](P p, S) { return std::to_string(p.pid); }},
    {"huser", "", "HUSER", [](P p, S s) { return named(s.host_users, number(status_word(p, "Uid", 1))); }},
    {"label", "", "LABEL", [](P p, S) { return p.label.empty() ? std::string{"?"} : p.label; }},
    {"nice", "%n", "NI", [](P p, S) { return p.stat[16]; }},
    {"pcpu", "%C", "%CPU", [](P p, S s) { return percent(p, s); }},
    {"pgid", "%r", "PGID", [](P p, S) { return last_status_word(p, "NSpgid"); }},
    {"pid", "%p", "PID", [](P p, S s) { return inner_pid(s, p.pid); }},
    {"ppid", "%P", "PPID", [](P p, S s) { return inner_pid(s, static_cast<pid_t>(number(p.stat[1]))); }},
    {"rgroup", "%g", "RGROUP", [](P p, S s) { return group(p, s, 0); }},
    {"rss", "", "RSS", [](P p, S) { return status_word(p, "VmRSS", 0); }},
    {"ruser", "%u", "RUSER", [](P p, S s) { return user(p, s, 0); }},
    {"seccomp", "", "SECCOMP", [](P p, S) { return seccomp_mode(p); }},
    {"state", "", "STATE", [](P p, S) { return p.stat[0]; }},
    {"stime", "", "STIME", [](P p, S s) { return started(p, s); }},
    {"time", "%x", "TIME", [](P p, S s) { return duration_of(cpu_s(p, s)); }},
    {"tty", "%y", "TTY", [](P p, S) { return terminal(p); }},
    {"user", "%U", "USER", [](P p, S s) { return user(p, s, 1); }},
    {"vsz", "%z", "VSZ", [](P p, S) { return std::to_string(number(p.stat[20]) / 1024); }},
};

const Column& column_named(const std::string& name) {
    for (const Column& column : kColumns) {
        if (column.name == name || (!column.aix.empty() && column.aix == name)) return column;
    }
    throw Error{ErrorKind::Invalid, concat("no column ", quote(name)), join(process_columns(), ", ")};
}

}  // namespace

std::vector<std::string> process_columns() {
    std::vector<std::string> names;
    for (const Column& column : kColumns) names.emplace_back(column.name);
    return names;
}

ProcessTable process_table(const libpod::Container& container, const std::vector<std::string>& columns) {
    std::vector<const Column*> wanted;
    ProcessTable table;
    for (const std::string& name : columns) {
        wanted.push_back(&column_named(name));
        table.titles.emplace_back(wanted.back()->title);
    }
    const libpod::State state = container.state().state;
    if (state != libpod::State::Running && state != libpod::State::Paused && state != libpod::State::Stopping) {
        throw Error{ErrorKind::WrongState, concat("container ", quote(container.name()), " is ", libpod::shown_state(state)),
                    "top needs a running container"};
    }
    std::vector<Process> processes;
    for (const pid_t pid : pids_of(container)) {
        if (auto process = read_process(pid)) processes.push_back(std::move(*process));
    }
    const Scene scene = scene_of(container, processes);
    for (const Process& process : processes) {
        std::vector<std::string>& row = table.rows.emplace_back();
        for (const Column* column : wanted) row.push_back(column->text(process, scene));
    }
    return table;
}

}  // namespace skiff::cli
