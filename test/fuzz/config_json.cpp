// Fuzzes the parser of config.json. Built with clang++ -fsanitize=fuzzer; the corpus is replayed by the unit tests.
#include "fuzz/config_json.h"

#include <cstdlib>
#include <set>

#include "oci/native/cgroup/cgroup.h"
#include "oci/native/errors.h"
#include "oci/native/mount_options.h"
#include "oci/native/spec_parse.h"
#include "oci/native/sysctl.h"

namespace skiff::oci::native {
namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

bool is_clean(const std::string& text) { return text.find('\0') == std::string::npos; }

void check_process(const Process& process) {
    require(!process.args.empty() && !process.args.front().empty() && process.cwd.starts_with('/'));
    for (const std::string& word : process.args) require(is_clean(word));
    for (const std::string& entry : process.env) require(is_clean(entry) && entry.find('=') > 0 && entry.find('=') != std::string::npos);
    require(process.user.uid != UINT32_MAX && process.user.gid != UINT32_MAX);
    for (const Rlimit& limit : process.rlimits) require(limit.soft <= limit.hard);
}

void check_namespaces(const Spec& spec) {
    std::set<int> seen;
    for (const Namespace& entry : spec.lnx.namespaces) {
        require(entry.flag != 0 && seen.insert(entry.flag).second);
        require(entry.path.empty() || entry.path.front() == '/');
    }
}

/// What an accepted sysctl may name lies below /proc/sys, and in a namespace that the container has.
void check_sysctls_of(const Spec& spec) {
    for (const auto& [name, value] : spec.lnx.sysctl) {
        const std::string path = sysctl_path(name);
        require(path.front() != '/' && (concat("/", path, "/")).find("/../") == std::string::npos);
        require(value.find('\n') == std::string::npos && !spec.lnx.namespaces.empty());
    }
}

void check(const Spec& spec) {
    require(!spec.root_path.empty() && is_clean(spec.root_path));
    if (spec.has_process) check_process(spec.process);
    check_namespaces(spec);
    check_sysctls_of(spec);
    for (const auto* paths : {&spec.lnx.masked_paths, &spec.lnx.readonly_paths}) {
        for (const std::string& path : *paths) require(path.starts_with('/'));
    }
    for (const Mount& mount : spec.mounts) {
        require(!mount.destination.empty() && is_clean(mount.destination) && is_clean(mount.source));
        static_cast<void>(parse_mount_options(mount.options));
    }
    for (const Device& device : spec.lnx.devices) require(device.path.starts_with('/'));
    require(!spec.lnx.intel_rdt);
}

}  // namespace

void fuzz_config_json(std::string_view text) {
    try {
        const Spec spec = parse_spec(text);
        check(spec);
        const std::string group = cgroup::container_path(spec.lnx.cgroups_path, "id");
        require(group.size() > 1 && group.front() == '/' && (group + "/").find("/../") == std::string::npos);
    } catch (const ConfigInvalid&) {
        // Refusing is right, in these words only: any other exception leaves and is a finding.
    }
}

}  // namespace skiff::oci::native

// Weak: the unit tests link several of these files, and call the functions above.
extern "C" __attribute__((weak)) int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    skiff::oci::native::fuzz_config_json({reinterpret_cast<const char*>(data), size});
    return 0;
}
