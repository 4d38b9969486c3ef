#include "oci/native/sysctl.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "oci/native/errors.h"
#include "oci/native/procfs.h"
#include "oci/native/spec.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

constexpr std::array<std::string_view, 12> kIpcParameters = {
    "kernel/auto_msgmni", "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem", "kernel/shmall",
    "kernel/shmmax", "kernel/shmmni", "kernel/shm_rmid_forced", "kernel/msg_next_id", "kernel/sem_next_id",
    "kernel/shm_next_id"};

/// The namespace that holds the parameter, 0 for none.
int owner_of(std::string_view path) {
    if (path.starts_with("net/")) return CLONE_NEWNET;
    if (path.starts_with("fs/mqueue/")) return CLONE_NEWIPC;
    if (path == "kernel/domainname" || path == "kernel/hostname") return CLONE_NEWUTS;
    if (std::find(kIpcParameters.begin(), kIpcParameters.end(), path) != kIpcParameters.end()) return CLONE_NEWIPC;
    return 0;
}

bool allowed_in_sysctl(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           letter == '_' || letter == '-' || letter == '.' || letter == ':' || letter == '@' || letter == '/';
}

}  // namespace

std::string sysctl_path(std::string_view name) {
    const auto refuse = [&] { return ConfigInvalid{concat("sysctl ", quote(name), " is not a valid name")}; };
    if (name.empty() || name.size() > 512 || !std::all_of(name.begin(), name.end(), allowed_in_sysctl)) throw refuse();
    std::string path{name};
    if (path.find('/') == std::string::npos) std::replace(path.begin(), path.end(), '.', '/');
    for (const std::string& part : split(path, '/')) {
        if (part.empty() || part == "." || part == "..") throw refuse();
    }
    return path;
}

void check_sysctls(const Spec& spec) {
    for (const auto& [name, value] : spec.lnx.sysctl) {
        const std::string path = sysctl_path(name);
        const int owner = owner_of(path);
        if (owner == 0) throw ConfigInvalid{concat("sysctl ", quote(name), " belongs to no namespace of a container")};
        if (spec.find_namespace(owner) == nullptr) {
            throw ConfigInvalid{concat("sysctl ", quote(name), " would change the host: the container shares that namespace")};
        }
        if (value.find('\n') != std::string::npos || value.size() > 4096) {
            throw ConfigInvalid{concat("sysctl ", quote(name), " has an invalid value")};
        }
    }
}

void write_sysctls(int proc_root, const std::map<std::string, std::string>& sysctls) {
    for (const auto& [name, value] : sysctls) {
        const UniqueFd file = open_in_procfs(proc_root, concat("sys/", sysctl_path(name)), O_WRONLY);
        if (::write(file.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size())) {
            throw SystemError{errno, concat("setting sysctl ", quote(name), " to ", quote(value))};
        }
    }
}

}  // namespace skiff::oci::native
