#include "oci/native/record.h"

#include "oci/native/errors.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

constexpr const char* kFile = "state.json";
constexpr const char* kVersion = "1.2.0";

}  // namespace

void write_record(int directory, const Record& record) {
    OrderedJson json;
    json["ociVersion"] = kVersion;
    json["id"] = record.id;
    json["bundle"] = record.bundle.native();
    json["rootfs"] = record.rootfs.native();
    json["bootId"] = record.init.boot_id;
    json["pid"] = record.init.pid;
    json["startTicks"] = record.init.start_ticks;
    json["cgroupPath"] = record.cgroup_path;
    json["systemdUnit"] = record.systemd_unit;
    json["hostMount"] = record.host_mount;
    json["chrooted"] = record.chrooted;
    json["ownPids"] = record.own_pids;
    json["lateHooks"] = record.late_hooks;
    json["createdAt"] = record.created_at;
    replace_file_at(directory, kFile, dump(json), 0600);
}

Record read_record(int directory, const std::string& id) {
    const auto text = read_file_if_exists_at(directory, kFile, 1U << 20);
    if (!text) throw NotExists{concat("container ", quote(id), " was not created completely")};
    const Json json = parse_json(*text, kFile);
    Record record;
    record.id = id;
    record.bundle = string_or(json, "bundle");
    record.rootfs = string_or(json, "rootfs");
    record.init.boot_id = string_or(json, "bootId");
    record.init.pid = static_cast<pid_t>(int_or(json, "pid", -1));
    record.init.start_ticks = static_cast<std::uint64_t>(int_or(json, "startTicks"));
    record.cgroup_path = string_or(json, "cgroupPath");
    record.systemd_unit = string_or(json, "systemdUnit");
    record.host_mount = static_cast<std::uint64_t>(int_or(json, "hostMount"));
    record.chrooted = bool_or(json, "chrooted");
    record.own_pids = bool_or(json, "ownPids");
    record.late_hooks = bool_or(json, "lateHooks", true);
    record.created_at = int_or(json, "createdAt");
    return record;
}

std::string state_document(const Record& record, const char* status, pid_t pid, const Spec& spec) {
    OrderedJson json;
    json["ociVersion"] = kVersion;
    json["id"] = record.id;
    json["pid"] = pid;
    json["status"] = status;
    json["bundle"] = record.bundle.native();
    json["rootfs"] = record.rootfs.native();
    json["created"] = rfc3339(record.created_at);
    json["owner"] = "";
    if (!spec.annotations.empty()) json["annotations"] = spec.annotations;
    return dump(json, 2);
}

}  // namespace skiff::oci::native
