#include <array>

#include "oci/native/names.h"
#include "oci/native/spec_parse.h"

namespace skiff::oci::native {
namespace {

Device read_device(const JsonReader& json) {
    Device device;
    device.path = json.require("path").text();
    const std::string type = json.require("type").text();
    if (type != "c" && type != "u" && type != "b" && type != "p") json["type"].fail("must be c, b, u or p");
    device.type = type == "u" ? 'c' : type[0];
    if (device.type != 'p') {
        device.major = json.require("major").number<std::uint32_t>();
        device.minor = json.require("minor").number<std::uint32_t>();
    }
    json["fileMode"].read(device.file_mode);
    json["uid"].read(device.uid);
    json["gid"].read(device.gid);
    return device;
}

std::vector<Namespace> read_namespaces(const JsonReader& json) {
    std::vector<Namespace> namespaces;
    for (const JsonReader& element : json.elements()) {
        Namespace entry;
        const std::string type = element.require("type").text();
        const auto flag = namespace_flag(type);
        if (!flag) element["type"].fail(concat("is no kind of namespace: ", quote(type)));
        entry.flag = *flag;
        element["path"].read(entry.path);
        if (!entry.path.empty() && entry.path.front() != '/') element["path"].fail("must be absolute");
        for (const Namespace& other : namespaces) {
            if (other.flag == entry.flag) element.fail(concat("is a second ", type, " namespace"));
        }
        namespaces.push_back(std::move(entry));
    }
    return namespaces;
}

std::uint64_t read_personality(const JsonReader& json) {
    const std::string domain = json.require("domain").text();
    if (json["flags"] && !json["flags"].elements().empty()) json["flags"].fail("must be empty");
    if (domain == "LINUX") return 0;
    if (domain == "LINUX32") return 8;
    json["domain"].fail(concat("has the unknown value ", quote(domain)));
}

// Source: set_mempolicy(2), <linux/mempolicy.h>.
constexpr std::array<Word, 7> kMemoryModes = {{{"MPOL_DEFAULT", 0}, {"MPOL_PREFERRED", 1}, {"MPOL_BIND", 2},
                                               {"MPOL_INTERLEAVE", 3}, {"MPOL_LOCAL", 4}, {"MPOL_PREFERRED_MANY", 5},
                                               {"MPOL_WEIGHTED_INTERLEAVE", 6}}};
constexpr std::array<Word, 3> kMemoryFlags = {
    {{"MPOL_F_STATIC_NODES", 1 << 15}, {"MPOL_F_RELATIVE_NODES", 1 << 14}, {"MPOL_F_NUMA_BALANCING", 1 << 13}}};

MemoryPolicy read_memory_policy(const JsonReader& json) {
    MemoryPolicy policy;
    policy.mode = static_cast<int>(json.require("mode").value_in(kMemoryModes));
    json["nodes"].read(policy.nodes);
    for (const JsonReader& flag : json["flags"].elements()) policy.flags |= static_cast<int>(flag.value_in(kMemoryFlags));
    return policy;
}

SeccompRule read_seccomp_rule(const JsonReader& json) {
    SeccompRule rule;
    json["names"].read(rule.names);
    if (const JsonReader name = json["name"]) rule.names.push_back(name.text());
    rule.action = json.require("action").text();
    json["errnoRet"].read(rule.errno_ret);
    for (const JsonReader& element : json["args"].elements()) {
        SeccompArg& arg = rule.args.emplace_back();
        arg.index = element.require("index").number<std::uint32_t>();
        if (arg.index > 5) element["index"].fail("must be 0 to 5");
        arg.value = element.require("value").number<std::uint64_t>();
        element["valueTwo"].read(arg.value_two);
        arg.op = element.require("op").text();
    }
    return rule;
}

void read_time_offsets(const JsonReader& json, std::map<std::string, TimeOffset>& offsets) {
    for (const auto& [clock, value] : json.members()) {
        if (clock != "monotonic" && clock != "boottime") value.fail("is no clock of a time namespace");
        TimeOffset& offset = offsets[clock];
        value["secs"].read(offset.seconds);
        value["nanosecs"].read(offset.nanoseconds);
    }
}

}  // namespace

void detail::read_seccomp(const JsonReader& json, Seccomp& seccomp) {
    seccomp.default_action = json.require("defaultAction").text();
    json["defaultErrnoRet"].read(seccomp.default_errno_ret);
    json["architectures"].read(seccomp.architectures);
    json["flags"].read(seccomp.flags);
    json["listenerPath"].read(seccomp.listener_path);
    json["listenerMetadata"].read(seccomp.listener_metadata);
    for (const JsonReader& element : json["syscalls"].elements()) seccomp.syscalls.push_back(read_seccomp_rule(element));
}

void detail::read_linux(const JsonReader& json, Linux& lnx) {
    lnx.namespaces = read_namespaces(json["namespaces"]);
    lnx.uid_mappings = read_mappings(json["uidMappings"]);
    lnx.gid_mappings = read_mappings(json["gidMappings"]);
    read_time_offsets(json["timeOffsets"], lnx.time_offsets);
    for (const JsonReader& element : json["devices"].elements()) lnx.devices.push_back(read_device(element));
    json["cgroupsPath"].read(lnx.cgroups_path);
    if (const JsonReader resources = json["resources"]) read_resources(resources, lnx.resources);
    json["sysctl"].read(lnx.sysctl);
    if (const JsonReader seccomp = json["seccomp"]) read_seccomp(seccomp, lnx.seccomp.emplace());
    json["rootfsPropagation"].read(lnx.rootfs_propagation);
    json["maskedPaths"].read(lnx.masked_paths);
    json["readonlyPaths"].read(lnx.readonly_paths);
    json["mountLabel"].read(lnx.mount_label);
    if (const JsonReader rdt = json["intelRdt"]) {
        IntelRdt& intel = lnx.intel_rdt.emplace();
        rdt["closID"].read(intel.clos_id);
        rdt["l3CacheSchema"].read(intel.l3_cache_schema);
        rdt["memBwSchema"].read(intel.mem_bw_schema);
    }
    if (const JsonReader policy = json["memoryPolicy"]) lnx.memory_policy = read_memory_policy(policy);
    if (const JsonReader personality = json["personality"]) lnx.personality = read_personality(personality);
}

}  // namespace skiff::oci::native
