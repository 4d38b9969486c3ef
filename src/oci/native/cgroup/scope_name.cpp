#include "oci/native/cgroup/systemd.h"
#include "oci/native/errors.h"
#include "util/text.h"

namespace skiff::oci::native::cgroup {

std::string slice_path(const std::string& slice) {
    const auto refuse = [&] { return ConfigInvalid{concat("config: linux.cgroupsPath: ", quote(slice), " is no slice")}; };
    if (slice == "-.slice") return "/";
    if (!slice.ends_with(".slice") || slice.find('/') != std::string::npos || slice.size() <= 6) throw refuse();
    std::string path;
    std::string prefix;
    for (const std::string& part : split(slice.substr(0, slice.size() - 6), '-')) {
        if (part.empty()) throw refuse();
        prefix += prefix.empty() ? part : concat("-", part);
        path += concat("/", prefix, ".slice");
    }
    return path;
}

Scope scope_of(const std::string& cgroups_path, const std::string& id) {
    std::string slice = "system.slice";
    std::string prefix = "skiff";
    std::string name = id;
    if (!cgroups_path.empty()) {
        const std::vector<std::string> parts = split(cgroups_path, ':');
        if (parts.size() != 3 || parts[2].empty()) {
            throw ConfigInvalid{concat("config: linux.cgroupsPath ", quote(cgroups_path), " is not SLICE:PREFIX:NAME, as systemd needs it")};
        }
        if (!parts[0].empty()) slice = parts[0];
        prefix = parts[1];
        name = parts[2];
    }
    if (name.find('/') != std::string::npos || prefix.find('/') != std::string::npos) {
        throw ConfigInvalid{"config: linux.cgroupsPath: a scope's name has no slash"};
    }
    const std::string unit = prefix.empty() ? concat(name, ".scope") : concat(prefix, "-", name, ".scope");
    const std::string parent = slice_path(slice);
    return {unit, parent == "/" ? concat("/", unit) : concat(parent, "/", unit)};
}

}  // namespace skiff::oci::native::cgroup
