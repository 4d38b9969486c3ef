#include <fcntl.h>

#include <array>

#include "oci/native/cgroup/control_file.h"
#include "oci/native/cli_run.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

using cgroup::Hierarchy;
using cgroup::read_control;
using cgroup::read_control_key;

/// The directory where one controller's files of a container are; absent where the host has not that controller.
struct Files {
    bool unified;
    UniqueFd directory;

    Files(const cgroup::Cgroup& group, const char* controller) : unified{group.layout().mode == cgroup::Mode::Unified} {
        const cgroup::Layout& layout = group.layout();
        const Hierarchy* hierarchy = unified ? &*layout.unified : layout.find_v1(controller);
        if (hierarchy != nullptr) directory = open_at_if_exists(AT_FDCWD, hierarchy->directory(group.path()), O_RDONLY | O_DIRECTORY);
    }

    std::uint64_t number(const std::string& file) const { return to_number(read_control(directory.get(), file)); }
    std::uint64_t number(const std::string& file, std::string_view key) const { return to_number(read_control_key(directory.get(), file, key)); }
    std::string text(const std::string& file) const { return read_control(directory.get(), file).value_or(""); }
    std::vector<std::string> lines(const std::string& file) const { return split(text(file), '\n'); }

private:
    static std::uint64_t to_number(const std::optional<std::string>& text) {
        if (text && *text == "max") return ~std::uint64_t{0};
        return text ? parse_uint(*text).value_or(0) : 0;
    }
};

OrderedJson cpu_figures(const cgroup::Cgroup& group) {
    OrderedJson usage;
    OrderedJson throttling;
    const Files files{group, "cpu"};
    if (files.unified) {
        usage["total"] = files.number("cpu.stat", "usage_usec") * 1000;
        usage["kernel"] = files.number("cpu.stat", "system_usec") * 1000;
        usage["user"] = files.number("cpu.stat", "user_usec") * 1000;
    } else if (const Files account{group, "cpuacct"}; account.directory) {
        usage["total"] = account.number("cpuacct.usage");
        for (const std::string& word : split(account.text("cpuacct.usage_percpu"), ' ')) {
            if (const auto each = parse_uint(word)) usage["percpu"].push_back(*each);
        }
        usage["kernel"] = account.number("cpuacct.usage_sys");
        usage["user"] = account.number("cpuacct.usage_user");
    }
    if (files.directory) {
        throttling["periods"] = files.number("cpu.stat", "nr_periods");
        throttling["throttledPeriods"] = files.number("cpu.stat", "nr_throttled");
        throttling["throttledTime"] = files.unified ? files.number("cpu.stat", "throttled_usec") * 1000 : files.number("cpu.stat", "throttled_time");
    }
    return {{"usage", usage}, {"throttling", throttling}};
}

/// One of the four counters of version 1: "memory.", "memory.memsw.", "memory.kmem.", "memory.kmem.tcp.".
OrderedJson counter(const Files& files, const std::string& prefix) {
    return {{"limit", files.number(prefix + "limit_in_bytes")}, {"usage", files.number(prefix + "usage_in_bytes")},
            {"max", files.number(prefix + "max_usage_in_bytes")}, {"failcnt", files.number(prefix + "failcnt")}};
}

/// Version 1 counts memory and swap together, and readers expect that.
OrderedJson unified_swap(const Files& files) {
    const std::uint64_t none = ~std::uint64_t{0};
    const std::uint64_t memory = files.number("memory.max");
    const std::uint64_t swap = files.number("memory.swap.max");
    return {{"limit", memory == none || swap == none ? none : memory + swap}, {"usage", files.number("memory.current") + files.number("memory.swap.current")},
            {"failcnt", files.number("memory.swap.events", "fail")}};
}

OrderedJson raw_figures(const Files& files) {
    OrderedJson raw = OrderedJson::object();
    for (const std::string& line : files.lines("memory.stat")) {
        if (const auto pair = split_once(line, ' ')) raw[pair->first] = parse_uint(pair->second).value_or(0);
    }
    return raw;
}

OrderedJson memory_figures(const cgroup::Cgroup& group) {
    const Files files{group, "memory"};
    if (!files.directory) return OrderedJson::object();
    OrderedJson figures;
    if (files.unified) {
        figures["cache"] = files.number("memory.stat", "file");
        figures["usage"] = {{"limit", files.number("memory.max")}, {"usage", files.number("memory.current")},
                            {"max", files.number("memory.peak")}, {"failcnt", files.number("memory.events", "max")}};
        figures["swap"] = unified_swap(files);
    } else {
        figures["cache"] = files.number("memory.stat", "cache");
        figures["usage"] = counter(files, "memory.");
        figures["swap"] = counter(files, "memory.memsw.");
        figures["kernel"] = counter(files, "memory.kmem.");
        figures["kernelTCP"] = counter(files, "memory.kmem.tcp.");
    }
    figures["raw"] = raw_figures(files);
    return figures;
}

/// Without a limit there is no member of that name.
OrderedJson pids_figures(const cgroup::Cgroup& group) {
    const Files files{group, "pids"};
    if (!files.directory) return OrderedJson::object();
    OrderedJson figures = {{"current", files.number("pids.current")}};
    if (const std::uint64_t limit = files.number("pids.max"); limit != ~std::uint64_t{0}) figures["limit"] = limit;
    return figures;
}

OrderedJson disk_entry(const std::string& device, std::string_view operation, std::uint64_t value) {
    const auto pair = split_once(device, ':');
    return {{"major", pair ? parse_uint(pair->first).value_or(0) : 0}, {"minor", pair ? parse_uint(pair->second).value_or(0) : 0}, {"op", operation}, {"value", value}};
}

/// "8:0 Read 4096" lines; the last, "Total 4096", is of no device.
OrderedJson legacy_disk(const Files& files, const std::string& file) {
    OrderedJson entries = OrderedJson::array();
    for (const std::string& line : files.lines(file)) {
        const std::vector<std::string> words = split(line, ' ');
        if (words.size() == 3) entries.push_back(disk_entry(words[0], words[1], parse_uint(words[2]).value_or(0)));
    }
    return entries;
}

/// "8:0 rbytes=4096 wbytes=0 rios=1 …" lines.
void unified_disk(const Files& files, OrderedJson& bytes, OrderedJson& operations) {
    for (const std::string& line : files.lines("io.stat")) {
        const std::vector<std::string> words = split(line, ' ');
        for (std::size_t at = 1; at < words.size(); ++at) {
            const auto pair = split_once(words[at], '=');
            if (!pair) continue;
            const std::uint64_t value = parse_uint(pair->second).value_or(0);
            if (pair->first == "rbytes") bytes.push_back(disk_entry(words[0], "Read", value));
            else if (pair->first == "wbytes") bytes.push_back(disk_entry(words[0], "Write", value));
            else if (pair->first == "rios") operations.push_back(disk_entry(words[0], "Read", value));
            else if (pair->first == "wios") operations.push_back(disk_entry(words[0], "Write", value));
        }
    }
}

OrderedJson disk_figures(const cgroup::Cgroup& group) {
    const Files files{group, "blkio"};
    OrderedJson bytes = OrderedJson::array();
    OrderedJson operations = OrderedJson::array();
    if (files.directory && files.unified) {
        unified_disk(files, bytes, operations);
    } else if (files.directory) {
        bytes = legacy_disk(files, "blkio.throttle.io_service_bytes_recursive");
        operations = legacy_disk(files, "blkio.throttle.io_serviced_recursive");
    }
    OrderedJson figures = OrderedJson::object();
    if (!bytes.empty()) figures["ioServiceBytesRecursive"] = std::move(bytes);
    if (!operations.empty()) figures["ioServicedRecursive"] = std::move(operations);
    return figures;
}

OrderedJson huge_page_figures(const cgroup::Cgroup& group) {
    const Files files{group, "hugetlb"};
    OrderedJson figures = OrderedJson::object();
    if (!files.directory) return figures;
    const std::string_view ending = files.unified ? ".current" : ".usage_in_bytes";
    for (const std::string& name : list_directory(files.directory.get())) {
        if (!name.starts_with("hugetlb.") || !name.ends_with(ending) || name.find(".rsvd.") != std::string::npos) continue;
        const std::string prefix = name.substr(0, name.size() - ending.size());
        OrderedJson& size = figures[prefix.substr(std::string_view{"hugetlb."}.size())];
        size["usage"] = files.number(name);
        if (!files.unified) size["max"] = files.number(prefix + ".max_usage_in_bytes");
        size["failcnt"] = files.unified ? files.number(prefix + ".events", "max") : files.number(prefix + ".failcnt");
    }
    return figures;
}

}  // namespace

std::string stats_document(const Container& container) {
    const cgroup::Cgroup group = container.cgroup();
    OrderedJson data;
    data["cpu"] = cpu_figures(group);
    data["memory"] = memory_figures(group);
    data["pids"] = pids_figures(group);
    data["blkio"] = disk_figures(group);
    data["hugetlb"] = huge_page_figures(group);
    return dump(OrderedJson{{"type", "stats"}, {"id", container.id()}, {"data", data}});
}

}  // namespace skiff::oci::native
