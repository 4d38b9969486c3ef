#include "cli/stats_row.h"

#include <array>
#include <cstdio>
#include <memory>

#include "cli/format/go_duration.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

std::string percent(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f%%", value);
    return text.data();
}

std::string pair_of(std::string left, std::string right) { return concat(left, " / ", right); }

std::string sizes(std::uint64_t left, std::uint64_t right) {
    return pair_of(human_size(static_cast<std::int64_t>(left)), human_size(static_cast<std::int64_t>(right)));
}

std::uint64_t total(const libpod::Usage& usage, std::uint64_t libpod::InterfaceUsage::*member) {
    std::uint64_t sum = 0;
    for (const auto& [name, interface] : usage.interfaces) sum += interface.*member;
    return sum;
}

double memory_percent(const libpod::Usage& usage) {
    if (usage.memory_limit_bytes == 0) return 0;
    return 100.0 * static_cast<double>(usage.memory_bytes) / static_cast<double>(usage.memory_limit_bytes);
}

OrderedJson interfaces_of(const libpod::Usage& usage) {
    OrderedJson all = OrderedJson::object();
    for (const auto& [name, interface] : usage.interfaces) {
        all[name] = {{"RxBytes", interface.received_bytes},   {"RxDropped", interface.received_dropped}, {"RxErrors", interface.received_errors},
                     {"RxPackets", interface.received_packets}, {"TxBytes", interface.sent_bytes},       {"TxDropped", interface.sent_dropped},
                     {"TxErrors", interface.sent_errors},     {"TxPackets", interface.sent_packets}};
    }
    return all;
}

OrderedJson fields_of(const StatsSample& sample) {
    // What does not run uses nothing.
    const libpod::Usage usage = sample.now.value_or(libpod::Usage{});
    const double average = sample.now ? cpu_percent(usage, 0, sample.row->state.started_at) : 0;
    const double current = sample.before ? cpu_percent(usage, sample.before->cpu_ns, sample.before->at) : average;
    const auto received = total(usage, &libpod::InterfaceUsage::received_bytes), sent = total(usage, &libpod::InterfaceUsage::sent_bytes);
    OrderedJson fields;
    for (const char* name : {"AVGCPU", "AvgCPU"}) fields[name] = percent(average);
    for (const char* name : {"CPU", "CPUPerc"}) fields[name] = percent(current);
    fields["CPUNano"] = usage.cpu_ns;
    fields["CPUSystemNano"] = usage.cpu_system_ns;
    fields["SystemNano"] = usage.at;
    fields["PerCPU"] = nullptr;
    fields["MemUsage"] = pair_of(human_size(static_cast<std::int64_t>(usage.memory_bytes)), human_size(static_cast<std::int64_t>(usage.memory_limit_bytes)));
    fields["MemUsageBytes"] = pair_of(human_size_binary(static_cast<std::int64_t>(usage.memory_bytes)), human_size_binary(static_cast<std::int64_t>(usage.memory_limit_bytes)));
    fields["MemLimit"] = usage.memory_limit_bytes;
    fields["MemPerc"] = percent(memory_percent(usage));
    fields["NetIO"] = sizes(received, sent);
    fields["NetInput"] = received;
    fields["NetOutput"] = sent;
    fields["Network"] = interfaces_of(usage);
    fields["BlockIO"] = sizes(usage.read_bytes, usage.written_bytes);
    fields["BlockInput"] = usage.read_bytes;
    fields["BlockOutput"] = usage.written_bytes;
    for (const char* name : {"PIDS", "PIDs"}) fields[name] = std::to_string(usage.pids);
    for (const char* name : {"UpTime", "Up", "Duration"}) fields[name] = go_duration(usage.cpu_ns);
    return fields;
}

OrderedJson json_of(const OrderedJson& fields) {
    return {{"id", fields.at("ID")},           {"name", fields.at("Name")},       {"cpu_time", fields.at("UpTime")}, {"cpu_percent", fields.at("CPUPerc")},
            {"avg_cpu", fields.at("AvgCPU")},  {"mem_usage", fields.at("MemUsage")}, {"mem_percent", fields.at("MemPerc")}, {"net_io", fields.at("NetIO")},
            {"block_io", fields.at("BlockIO")}, {"pids", fields.at("PIDS")}};
}

}  // namespace

double cpu_percent(const libpod::Usage& now, std::uint64_t cpu_ns_before, UnixNanos at_before) {
    if (now.cpu_ns <= cpu_ns_before || now.at <= at_before) return 0;
    return 100.0 * static_cast<double>(now.cpu_ns - cpu_ns_before) / static_cast<double>(now.at - at_before);
}

Listing stats_listing(const StatsListing& stats) {
    Listing listing;
    listing.name = "stats";
    listing.default_template = "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDS}}\t{{.UpTime}}\t{{.AvgCPU}}";
    listing.headers = {{"ID", "ID"},          {"CPUPerc", "CPU %"},  {"MemUsage", "MEM USAGE / LIMIT"}, {"MemUsageBytes", "MEM USAGE / LIMIT"}, {"MemPerc", "MEM %"},
                       {"NetIO", "NET IO"},   {"BlockIO", "BLOCK IO"}, {"PIDS", "PIDS"},                {"PIDs", "PIDS"},                       {"UpTime", "CPU TIME"},
                       {"AvgCPU", "AVG CPU %"}, {"AVGCPU", "AVG CPU %"}};
    auto all = std::make_shared<std::map<std::string, OrderedJson>>();
    OrderedJson names = fields_of(StatsSample{});
    for (const StatsSample& sample : stats.samples) {
        OrderedJson fields = fields_of(sample);
        fields["ContainerID"] = sample.row->id;
        fields["ID"] = stats.in_full ? sample.row->id : short_id(sample.row->id);
        fields["Name"] = sample.row->name;
        listing.rows.push_back(json_of(fields));
        const std::string id = fields["ID"];
        all->emplace(id, std::move(fields));
    }
    for (const char* name : {"ContainerID", "ID", "Name"}) names[name] = "";
    for (const auto& [name, ignored] : names.items()) {
        listing.methods[name] = [all, name = name](const OrderedJson& row, std::span<const OrderedJson>) { return all->at(row.at("id").get<std::string>()).at(name); };
    }
    return listing;
}

}  // namespace skiff::cli
