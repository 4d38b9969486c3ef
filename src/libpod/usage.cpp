#include "libpod/usage.h"

#include <fcntl.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

using oci::native::cgroup::Hierarchy;
using oci::native::cgroup::Layout;
namespace fs = std::filesystem;

std::string read_or_empty(const fs::path& file) { return read_file_if_exists_at(AT_FDCWD, file, 1U << 20).value_or(std::string{}); }

/// "max" and what is no number are 0.
std::uint64_t number_in(const fs::path& file) { return parse_uint(trim(read_or_empty(file))).value_or(0); }

std::vector<std::string> words_of(std::string_view line) {
    auto words = split(line, ' ');
    std::erase_if(words, [](const std::string& word) { return word.empty(); });
    return words;
}

std::string network_of(std::string_view process) {
    std::array<char, 64> target{};
    const ssize_t length = ::readlink(concat("/proc/", process, "/ns/net").c_str(), target.data(), target.size());
    return {target.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0))};
}

/// The directories of one process's cgroups, by controller; "" is the v2 tree.
class Directories {
public:
    Directories(const Layout& layout, std::string_view proc_cgroup) : layout_{layout} {
        for (const auto& line : split(proc_cgroup, '\n')) {
            const auto first = line.find(':');
            const auto second = first == std::string::npos ? first : line.find(':', first + 1);
            if (second != std::string::npos) paths_[line.substr(first + 1, second - first - 1)] = line.substr(second + 1);
        }
    }
    /// Empty where the controller is not on v1.
    fs::path v1(std::string_view controller) const {
        const Hierarchy* hierarchy = layout_.find_v1(controller);
        if (hierarchy == nullptr) return {};
        for (const auto& [controllers, path] : paths_) {
            const auto names = split(controllers, ',');
            if (std::find(names.begin(), names.end(), controller) != names.end()) return hierarchy->directory(path);
        }
        return {};
    }
    fs::path v2() const {
        const auto found = paths_.find("");
        return layout_.unified && found != paths_.end() ? layout_.unified->directory(found->second) : fs::path{};
    }

private:
    const Layout& layout_;
    std::map<std::string, std::string> paths_;
};

void read_cpu(const Directories& directories, Usage& usage) {
    if (const auto v1 = directories.v1("cpuacct"); !v1.empty()) {
        usage.cpu_ns = number_in(v1 / "cpuacct.usage");
        usage.cpu_system_ns = number_in(v1 / "cpuacct.usage_sys");
        return;
    }
    constexpr std::uint64_t kNanosPerMicro = 1000;
    const std::string stat = read_or_empty(directories.v2() / "cpu.stat");
    usage.cpu_ns = keyed_value(stat, "usage_usec") * kNanosPerMicro;
    usage.cpu_system_ns = keyed_value(stat, "system_usec") * kNanosPerMicro;
}

std::uint64_t without(std::uint64_t all, std::uint64_t part) { return part < all ? all - part : all; }

void read_memory(const Directories& directories, Usage& usage) {
    if (const auto v1 = directories.v1("memory"); !v1.empty()) {
        usage.memory_bytes = without(number_in(v1 / "memory.usage_in_bytes"), keyed_value(read_or_empty(v1 / "memory.stat"), "total_inactive_file"));
        usage.memory_limit_bytes = number_in(v1 / "memory.limit_in_bytes");
        return;
    }
    const auto v2 = directories.v2();
    usage.memory_bytes = without(number_in(v2 / "memory.current"), keyed_value(read_or_empty(v2 / "memory.stat"), "inactive_file"));
    usage.memory_limit_bytes = number_in(v2 / "memory.max");
}

/// "8:0 Read 4096" lines.
void read_blkio(const std::string& text, Usage& usage) {
    for (const auto& line : split(text, '\n')) {
        const auto words = words_of(line);
        if (words.size() != 3) continue;
        const auto bytes = parse_uint(words[2]).value_or(0);
        if (words[1] == "Read") usage.read_bytes += bytes;
        if (words[1] == "Write") usage.written_bytes += bytes;
    }
}

/// "8:0 rbytes=4096 wbytes=0 …" lines.
void read_io_stat(const std::string& text, Usage& usage) {
    for (const auto& line : split(text, '\n')) {
        for (const auto& word : words_of(line)) {
            if (word.starts_with("rbytes=")) usage.read_bytes += parse_uint(word.substr(7)).value_or(0);
            if (word.starts_with("wbytes=")) usage.written_bytes += parse_uint(word.substr(7)).value_or(0);
        }
    }
}

void read_block_io(const Directories& directories, Usage& usage) {
    const auto v1 = directories.v1("blkio");
    if (v1.empty()) return read_io_stat(read_or_empty(directories.v2() / "io.stat"), usage);
    for (const char* name : {"blkio.throttle.io_service_bytes_recursive", "blkio.throttle.io_service_bytes", "blkio.io_service_bytes_recursive"}) {
        const std::string text = read_or_empty(v1 / name);
        if (!text.empty()) return read_blkio(text, usage);
    }
}

void read_pids(const Directories& directories, Usage& usage) {
    const auto v1 = directories.v1("pids");
    const auto directory = v1.empty() ? directories.v2() : v1;
    if (const auto count = number_in(directory / "pids.current"); count > 0) {
        usage.pids = count;
        return;
    }
    const std::string text = read_or_empty(directory / "cgroup.procs");
    usage.pids = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

std::uint64_t keyed_value(std::string_view text, std::string_view key) {
    for (const auto& line : split(text, '\n')) {
        if (line.size() > key.size() && line[key.size()] == ' ' && line.starts_with(key)) {
            return parse_uint(trim(std::string_view{line}.substr(key.size() + 1))).value_or(0);
        }
    }
    return 0;
}

std::map<std::string, InterfaceUsage> parse_interfaces(std::string_view text) {
    std::map<std::string, InterfaceUsage> interfaces;
    for (const auto& line : split(text, '\n')) {
        const auto colon = line.find(':');
        if (colon == std::string::npos) continue;  // the two lines of headings
        const std::string name{trim(std::string_view{line}.substr(0, colon))};
        const auto words = words_of(std::string_view{line}.substr(colon + 1));
        if (name == "lo" || words.size() < 16) continue;
        const auto number = [&](std::size_t index) { return parse_uint(words[index]).value_or(0); };
        interfaces[name] = {number(0), number(1), number(2), number(3), number(8), number(9), number(10), number(11)};
    }
    return interfaces;
}

UsageReader::UsageReader() : layout_{oci::native::cgroup::read_layout()}, own_network_{network_of("self")} {
    struct sysinfo host {};
    if (::sysinfo(&host) == 0) host_memory_bytes_ = static_cast<std::uint64_t>(host.totalram) * host.mem_unit;
}

Usage UsageReader::read(pid_t init) const {
    if (oci::native::cgroup::is_read_only(layout_)) {
        throw Error{ErrorKind::Unsupported, "there are no figures of single containers: cgroups are mounted read-only here, so they have none of their own"};
    }
    const auto cgroups = read_file_if_exists_at(AT_FDCWD, concat("/proc/", init, "/cgroup"), 65536);
    if (!cgroups || cgroups->empty()) throw Error{ErrorKind::NotFound, concat("process ", init, " has ended")};
    const Directories directories{layout_, *cgroups};
    Usage usage;
    usage.at = now_nanos();
    read_cpu(directories, usage);
    read_memory(directories, usage);
    if (usage.memory_limit_bytes == 0 || usage.memory_limit_bytes > host_memory_bytes_) usage.memory_limit_bytes = host_memory_bytes_;
    read_block_io(directories, usage);
    read_pids(directories, usage);
    const std::string process = std::to_string(init);
    if (network_of(process) != own_network_) usage.interfaces = parse_interfaces(read_or_empty(concat("/proc/", process, "/net/dev")));
    return usage;
}

}  // namespace skiff::libpod
