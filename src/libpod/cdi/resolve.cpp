#include "libpod/cdi/resolve.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "libpod/cdi/spec_files.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::libpod::cdi {
namespace {

std::vector<fs::path> directories_of(const CdiRequest& request) {
    if (request.spec_dirs.empty()) return default_directories();
    return {request.spec_dirs.begin(), request.spec_dirs.end()};
}

/// All specifications, and who has which device.
class Registry {
public:
    explicit Registry(const CdiRequest& request) : directories_{directories_of(request)}, specifications_{read_specifications(directories_, broken_)} {}

    /// That of the last directory.
    const Specification& owner_of(const std::string& name) const {
        const auto [kind, device] = *split_once(name, '=');
        const Specification* found = nullptr;
        for (const auto& specification : specifications_) {
            if (specification.kind != kind || !specification.devices.contains(device)) continue;
            if (found != nullptr && found->file.parent_path() == specification.file.parent_path()) {
                throw Error{ErrorKind::Invalid, concat("CDI device ", quote(name), " is in ", quote(found->file.native()), " and in ", quote(specification.file.native()))};
            }
            found = &specification;
        }
        if (found == nullptr) refuse_missing(name);
        return *found;
    }

private:
    [[noreturn]] void refuse_missing(const std::string& name) const {
        std::vector<std::string> places;
        for (const auto& directory : directories_) places.push_back(directory.native());
        throw Error{ErrorKind::NotFound, concat("CDI device ", quote(name), ": no specification in ", join(places, ", "), " has it",
                                                broken_.empty() ? "" : concat(" (not read: ", join(broken_, "; "), ")"))};
    }

    std::vector<std::string> broken_;
    std::vector<fs::path> directories_;
    std::vector<Specification> specifications_;
};

char type_letter(mode_t mode) { return S_ISBLK(mode) ? 'b' : S_ISFIFO(mode) ? 'p' : 'c'; }

/// What the specification leaves out is as on the host.
Json device_of(const Json& node) {
    const auto path = string_or(node, "path");
    const auto host_path = string_or(node, "hostPath", path);
    Json device{{"path", path}, {"type", string_or(node, "type")}, {"major", int_or(node, "major")}, {"minor", int_or(node, "minor")}};
    const bool complete = !string_or(node, "type").empty() && (node.contains("major") || string_or(node, "type") == "p");
    struct stat info {};
    const bool there = ::stat(host_path.c_str(), &info) == 0 && (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode) || S_ISFIFO(info.st_mode));
    if (!complete && !there) throw Error{ErrorKind::NotFound, concat("CDI device node ", quote(host_path), " is no device of this host")};
    if (!complete) {
        device["type"] = std::string(1, type_letter(info.st_mode));
        device["major"] = major(info.st_rdev);
        device["minor"] = minor(info.st_rdev);
    }
    device["fileMode"] = int_or(node, "fileMode", there ? static_cast<std::int64_t>(info.st_mode & 07777U) : 0666);
    device["uid"] = int_or(node, "uid");
    device["gid"] = int_or(node, "gid");
    return device;
}

/// A later one of the same path takes the place of an earlier.
void replace_by(Json& list, const char* key, Json entry) {
    if (!list.is_array()) list = Json::array();
    const auto same = std::find_if(list.begin(), list.end(), [&](const Json& other) { return other[key] == entry[key]; });
    if (same == list.end()) list.push_back(std::move(entry));
    else *same = std::move(entry);
}

void add_device_node(const Json& node, Json& spec) {
    const Json device = device_of(node);
    Json& linux_part = spec["linux"];
    linux_part["resources"]["devices"].push_back({{"allow", true}, {"type", device["type"]}, {"major", device["major"]}, {"minor", device["minor"]},
                                                  {"access", string_or(node, "permissions", "rwm")}});
    replace_by(linux_part["devices"], "path", device);
}

void add_mount(const Json& mount, Json& spec) {
    auto options = strings_or_empty(mount, "options");
    const auto type = string_or(mount, "type", "bind");
    const bool bound = std::any_of(options.begin(), options.end(), [](const auto& option) { return option == "bind" || option == "rbind"; });
    if (type == "bind" && !bound) options.emplace_back("rbind");
    replace_by(spec["mounts"], "destination",
               {{"destination", string_or(mount, "containerPath")}, {"type", type}, {"source", string_or(mount, "hostPath")}, {"options", options}});
}

void add_hook(const Json& hook, Json& spec) {
    Json entry{{"path", string_or(hook, "path")}};
    if (const auto args = strings_or_empty(hook, "args"); !args.empty()) entry["args"] = args;
    if (const auto env = strings_or_empty(hook, "env"); !env.empty()) entry["env"] = env;
    if (const auto timeout = int_or(hook, "timeout"); timeout > 0) entry["timeout"] = timeout;
    spec["hooks"][string_or(hook, "hookName")].push_back(std::move(entry));
}

void add_variable(const std::string& entry, Json& env) {
    if (!env.is_array()) env = Json::array();
    const auto name = entry.substr(0, entry.find('=') + 1);
    const auto same = std::find_if(env.begin(), env.end(), [&](const Json& other) { return other.get_ref<const std::string&>().starts_with(name); });
    if (same == env.end()) env.push_back(entry);
    else *same = entry;
}

template <typename Add>
void for_each_in(const Json& edits, const char* key, Add add) {
    const Json* list = member(edits, key);
    if (list == nullptr) return;
    for (const auto& entry : *list) add(entry);
}

void apply_edits(const Json& edits, Json& spec) {
    for (const auto& entry : strings_or_empty(edits, "env")) add_variable(entry, spec["process"]["env"]);
    for_each_in(edits, "deviceNodes", [&](const Json& node) { add_device_node(node, spec); });
    for_each_in(edits, "mounts", [&](const Json& mount) { add_mount(mount, spec); });
    for_each_in(edits, "hooks", [&](const Json& hook) { add_hook(hook, spec); });
    for_each_in(edits, "additionalGids", [&](const Json& group) {
        Json& groups = spec["process"]["user"]["additionalGids"];
        if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
    });
}

/// Parents first: a mount of a driver's library may be below one of the user's.
void sort_mounts(Json& spec) {
    auto mounts = spec["mounts"].get<std::vector<Json>>();
    const auto depth = [](const Json& mount) {
        const auto& path = mount["destination"].get_ref<const std::string&>();
        return std::count(path.begin(), path.end(), '/');
    };
    std::stable_sort(mounts.begin(), mounts.end(), [&](const Json& left, const Json& right) { return depth(left) < depth(right); });
    spec["mounts"] = mounts;
}

}  // namespace

void require_devices(const CdiRequest& request) {
    if (request.devices.empty()) return;
    const Registry registry{request};
    for (const auto& name : request.devices) registry.owner_of(name);
}

void apply(const CdiRequest& request, Json& spec) {
    if (request.devices.empty()) return;
    const Registry registry{request};
    std::vector<const Specification*> used;
    for (const auto& name : request.devices) {
        const Specification& owner = registry.owner_of(name);
        if (std::find(used.begin(), used.end(), &owner) == used.end()) {
            used.push_back(&owner);
            apply_edits(owner.edits, spec);
        }
        apply_edits(owner.devices.at(split_once(name, '=')->second), spec);
    }
    sort_mounts(spec);
}

}  // namespace skiff::libpod::cdi
