#include "cli/format/omitted_members.h"

#include <algorithm>
#include <iterator>

namespace skiff::cli::tmpl {
namespace {

/// NilMap: written as a map, but null in JSON.
enum class Empty { Nothing, Text, Number, False, List, Map, NilMap };

struct OmittedMember {
    std::string_view parent;
    std::string_view name;
    Empty value;
};

constexpr OmittedMember kOmittedMembers[] = {
    {"Config", "ChrootDirs", Empty::List},
    {"Config", "Cmd", Empty::List},
    {"Config", "Entrypoint", Empty::List},
    {"Config", "Env", Empty::List},
    {"Config", "ExposedPorts", Empty::NilMap},
    {"Config", "HealthLogDestination", Empty::Text},
    {"Config", "HealthMaxLogCount", Empty::Number},
    {"Config", "HealthMaxLogSize", Empty::Number},
    {"Config", "Healthcheck", Empty::Nothing},
    {"Config", "Labels", Empty::Map},
    {"Config", "Secrets", Empty::List},
    {"Config", "StartupHealthCheck", Empty::Nothing},
    {"Config", "StopSignal", Empty::Text},
    {"Config", "SystemdMode", Empty::False},
    {"Config", "Timezone", Empty::Text},
    {"Config", "User", Empty::Text},
    {"Config", "Volumes", Empty::Map},
    {"Config", "WorkingDir", Empty::Text},
    {"Config", "sdNotifySocket", Empty::Text},
    {"Healthcheck", "Interval", Empty::Number},
    {"Healthcheck", "Retries", Empty::Number},
    {"Healthcheck", "StartPeriod", Empty::Number},
    {"Healthcheck", "Timeout", Empty::Number},
    {"HostConfig", "Init", Empty::False},
    {"HostConfig", "IDMappings", Empty::Nothing},
    {"HostConfig", "IntelRdtClosID", Empty::Text},
    {"History", "Author", Empty::Text},
    {"History", "Comment", Empty::Text},
    {"History", "CreatedBy", Empty::Text},
    {"History", "EmptyLayer", Empty::False},
    {"NetworkSettings", "Networks", Empty::Map},
    {"NetworkSettings", "SecondaryIPAddresses", Empty::List},
    {"NetworkSettings", "SecondaryIPv6Addresses", Empty::List},
    {"State", "CgroupPath", Empty::Text},
    {"State", "CheckpointLog", Empty::Text},
    {"State", "CheckpointPath", Empty::Text},
    {"State", "Checkpointed", Empty::False},
    {"State", "ConmonPid", Empty::Number},
    {"State", "Health", Empty::Nothing},
    {"State", "Healthcheck", Empty::Nothing},
    {"State", "RestoreLog", Empty::Text},
    {"State", "Restored", Empty::False},
    {"State", "StoppedByUser", Empty::False},
    {".", "HealthCheck", Empty::Nothing},
    {".", "Healthcheck", Empty::Nothing},
    {".", "Anonymous", Empty::False},
    {".", "Containers", Empty::Map},
    {".", "GID", Empty::Number},
    {".", "Labels", Empty::Map},
    {".", "NamesHistory", Empty::List},
    {".", "NeedsChown", Empty::False},
    {".", "NeedsCopyUp", Empty::False},
    {".", "NetworkDNSServers", Empty::List},
    {".", "NetworkInterface", Empty::Text},
    {".", "Options", Empty::Map},
    {".", "Routes", Empty::List},
    {".", "Status", Empty::Map},
    {".", "SizeRootFs", Empty::Number},
    {".", "SizeRw", Empty::Nothing},
    {".", "StorageID", Empty::Text},
    {".", "Subnets", Empty::List},
    {".", "Timeout", Empty::Number},
    {".", "UID", Empty::Number},
    {"Subnets", "Gateway", Empty::Text},
    {"Subnets", "LeaseRange", Empty::Nothing},
};

const OrderedJson& empty_value(Empty kind) {
    static const OrderedJson nothing, text = "", number = 0, no = false, list = OrderedJson::array(), map = OrderedJson::object();
    switch (kind) {
    case Empty::Text: return text;
    case Empty::Number: return number;
    case Empty::False: return no;
    case Empty::List: return list;
    case Empty::Map: return map;
    case Empty::NilMap:
    case Empty::Nothing: break;
    }
    return nothing;
}

}  // namespace

const OrderedJson* omitted_member(std::string_view parent, std::string_view name) {
    const auto found = std::find_if(std::begin(kOmittedMembers), std::end(kOmittedMembers), [&](const OmittedMember& member) {
        return member.name == name && (parent.empty() || member.parent == parent);
    });
    return found == std::end(kOmittedMembers) ? nullptr : &empty_value(found->value);
}

}  // namespace skiff::cli::tmpl
