#include "oci/native/spec_parse.h"

namespace skiff::oci::native {
namespace {

DeviceRule read_device_rule(const JsonReader& json) {
    DeviceRule rule;
    rule.allow = json.require("allow").boolean();
    std::string type = "a";
    json["type"].read(type);
    if (type.empty()) type = "a";
    if (type != "a" && type != "b" && type != "c") json["type"].fail("must be a, b or c");
    rule.type = type[0];
    const auto number = [](const JsonReader& value) -> std::optional<std::int64_t> {
        if (!value) return std::nullopt;
        const auto wanted = value.number<std::int64_t>();
        return wanted < 0 ? std::nullopt : std::optional{wanted};
    };
    rule.major = number(json["major"]);
    rule.minor = number(json["minor"]);
    json["access"].read(rule.access);
    if (rule.access.empty()) rule.access = "rwm";
    if (rule.access.find_first_not_of("rwm") != std::string::npos) json["access"].fail("may only have r, w and m");
    return rule;
}

void read_memory(const JsonReader& json, MemoryLimits& memory) {
    json["limit"].read(memory.limit);
    json["reservation"].read(memory.reservation);
    json["swap"].read(memory.swap);
    json["kernel"].read(memory.kernel);
    json["kernelTCP"].read(memory.kernel_tcp);
    json["swappiness"].read(memory.swappiness);
    json["disableOOMKiller"].read(memory.disable_oom_killer);
    json["useHierarchy"].read(memory.use_hierarchy);
    json["checkBeforeUpdate"].read(memory.check_before_update);
    if (memory.swappiness && *memory.swappiness > 100) json["swappiness"].fail("must be 0 to 100");
}

void read_cpu(const JsonReader& json, CpuLimits& cpu) {
    json["shares"].read(cpu.shares);
    json["quota"].read(cpu.quota);
    json["burst"].read(cpu.burst);
    json["period"].read(cpu.period);
    json["realtimeRuntime"].read(cpu.realtime_runtime);
    json["realtimePeriod"].read(cpu.realtime_period);
    json["cpus"].read(cpu.cpus);
    json["mems"].read(cpu.mems);
    json["idle"].read(cpu.idle);
}

void read_throttle(const JsonReader& json, std::vector<ThrottleDevice>& devices) {
    for (const JsonReader& element : json.elements()) {
        ThrottleDevice& device = devices.emplace_back();
        device.major = element.require("major").number<std::int64_t>();
        device.minor = element.require("minor").number<std::int64_t>();
        device.rate = element.require("rate").number<std::uint64_t>();
    }
}

void read_block_io(const JsonReader& json, BlockIoLimits& io) {
    json["weight"].read(io.weight);
    json["leafWeight"].read(io.leaf_weight);
    for (const JsonReader& element : json["weightDevice"].elements()) {
        WeightDevice& device = io.weight_devices.emplace_back();
        device.major = element.require("major").number<std::int64_t>();
        device.minor = element.require("minor").number<std::int64_t>();
        element["weight"].read(device.weight);
        element["leafWeight"].read(device.leaf_weight);
    }
    read_throttle(json["throttleReadBpsDevice"], io.read_bps);
    read_throttle(json["throttleWriteBpsDevice"], io.write_bps);
    read_throttle(json["throttleReadIOPSDevice"], io.read_iops);
    read_throttle(json["throttleWriteIOPSDevice"], io.write_iops);
}

void read_network(const JsonReader& json, Resources& resources) {
    json["classID"].read(resources.network_class_id);
    for (const JsonReader& element : json["priorities"].elements()) {
        resources.network_priorities.push_back(
            {element.require("name").text(), element.require("priority").number<std::uint32_t>()});
    }
}

}  // namespace

void detail::read_resources(const JsonReader& json, Resources& resources) {
    for (const JsonReader& element : json["devices"].elements()) resources.devices.push_back(read_device_rule(element));
    if (const JsonReader memory = json["memory"]) read_memory(memory, resources.memory);
    if (const JsonReader cpu = json["cpu"]) read_cpu(cpu, resources.cpu);
    if (const JsonReader pids = json["pids"]) pids["limit"].read(resources.pids_limit);
    if (const JsonReader io = json["blockIO"]) read_block_io(io, resources.block_io);
    for (const JsonReader& element : json["hugepageLimits"].elements()) {
        resources.hugepages.push_back(
            {element.require("pageSize").text(), element.require("limit").number<std::uint64_t>()});
    }
    if (const JsonReader network = json["network"]) read_network(network, resources);
    for (const auto& [name, value] : json["rdma"].members()) {
        RdmaLimit& limit = resources.rdma[name];
        value["hcaHandles"].read(limit.hca_handles);
        value["hcaObjects"].read(limit.hca_objects);
    }
    json["unified"].read(resources.unified);
    for (const auto& [name, value] : resources.unified) {
        if (name.empty() || name.find('/') != std::string::npos) json["unified"].fail(concat("has no file ", quote(name)));
    }
}

}  // namespace skiff::oci::native
