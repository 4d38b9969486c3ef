#include <sched.h>

#include <algorithm>

#include "oci/native/mount_options.h"
#include "oci/native/spec_parse.h"
#include "oci/native/sysctl.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

namespace skiff::oci::native {
namespace {

void need(const Spec& spec, int flag, std::string_view what, std::string_view kind) {
    if (spec.find_namespace(flag) == nullptr) {
        throw ConfigInvalid{concat("config: ", what, " needs a ", kind, " namespace of the container's own")};
    }
}

void check_user_namespace(const Spec& spec) {
    const bool mapped = !spec.lnx.uid_mappings.empty() || !spec.lnx.gid_mappings.empty();
    if (mapped && spec.find_namespace(CLONE_NEWUSER) == nullptr) {
        throw ConfigInvalid{"config: linux.uidMappings and gidMappings need a user namespace"};
    }
    if (spec.makes_namespace(CLONE_NEWUSER) && (spec.lnx.uid_mappings.empty() || spec.lnx.gid_mappings.empty())) {
        throw ConfigInvalid{"config: a new user namespace needs linux.uidMappings and linux.gidMappings"};
    }
}

void check_names(const Spec& spec) {
    if (!spec.hostname.empty()) need(spec, CLONE_NEWUTS, "hostname", "uts");
    if (!spec.domainname.empty()) need(spec, CLONE_NEWUTS, "domainname", "uts");
    if (spec.hostname.size() > 64 || spec.domainname.size() > 64) {
        throw ConfigInvalid{"config: hostname and domainname have at most 64 characters"};
    }
    if (!spec.lnx.time_offsets.empty() && !spec.makes_namespace(CLONE_NEWTIME)) {
        throw ConfigInvalid{"config: linux.timeOffsets needs a new time namespace"};
    }
}

void check_propagation(const std::string& word) {
    if (!word.empty() && propagation_flags(word) == 0) {
        throw ConfigInvalid{concat("config: linux.rootfsPropagation has the unknown value ", quote(word))};
    }
}

void check_absolute(const std::vector<std::string>& paths, std::string_view place) {
    for (const std::string& path : paths) {
        if (path.empty() || path.front() != '/') throw ConfigInvalid{concat("config: ", place, " has ", quote(path), ", which is not absolute")};
    }
}

}  // namespace

void validate(const Process& process) {
    if (process.args.empty() || process.args.front().empty()) throw ConfigInvalid{"config: process.args must not be empty"};
    if (process.cwd.empty() || process.cwd.front() != '/') throw ConfigInvalid{"config: process.cwd must be absolute"};
    if (process.user.uid == UINT32_MAX || process.user.gid == UINT32_MAX) {
        throw ConfigInvalid{"config: process.user has an ID that the kernel does not have"};
    }
    for (const std::string& entry : process.env) {
        if (entry.find('=') == std::string::npos || entry.front() == '=') {
            throw ConfigInvalid{concat("config: process.env has ", quote(entry), ", which is not NAME=VALUE")};
        }
    }
}

void validate(const Spec& spec) {
    if (spec.root_path.empty()) throw ConfigInvalid{"config: root.path is missing"};
    if (spec.has_process) validate(spec.process);
    check_user_namespace(spec);
    check_names(spec);
    check_propagation(spec.lnx.rootfs_propagation);
    check_absolute(spec.lnx.masked_paths, "linux.maskedPaths");
    check_absolute(spec.lnx.readonly_paths, "linux.readonlyPaths");
    check_sysctls(spec);
    for (const Device& device : spec.lnx.devices) check_absolute({device.path}, "linux.devices");
    if (spec.lnx.intel_rdt) {
        throw ConfigInvalid{"config: linux.intelRdt: this runtime does not manage resctrl groups"};
    }
}

}  // namespace skiff::oci::native
