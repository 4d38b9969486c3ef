#include "libpod/spec/hooks.h"

#include <fcntl.h>
#include <regex.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr std::string_view kStages[] = {"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"};

bool matches(const std::string& pattern, const std::string& text) {
    regex_t regex;
    if (::regcomp(&regex, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
        throw Error{ErrorKind::Invalid, concat(quote(pattern), " is no regular expression")};
    }
    const bool found = ::regexec(&regex, text.c_str(), 0, nullptr, 0) == 0;
    ::regfree(&regex);
    return found;
}

bool annotations_match(const Json& wanted, const ContainerConfig& config) {
    for (const auto& [key, value] : wanted.items()) {
        const bool found = std::any_of(config.annotations.begin(), config.annotations.end(), [&key = key, &value = value](const auto& annotation) {
            return matches(key, annotation.first) && matches(value.template get<std::string>(), annotation.second);
        });
        if (!found) return false;
    }
    return true;
}

bool has_bind_mounts(const ContainerConfig& config) {
    return std::any_of(config.mounts.begin(), config.mounts.end(), [](const MountConfig& mount) { return mount.kind == MountKind::Bind; });
}

/// All conditions hold, and there is one.
bool applies(const Json& when, const ContainerConfig& config) {
    if (!when.is_object() || when.empty()) return false;
    if (when.contains("always") && !bool_or(when, "always")) return false;
    if (when.contains("hasBindMounts") && bool_or(when, "hasBindMounts") != has_bind_mounts(config)) return false;
    if (const Json* annotations = member(when, "annotations"); annotations != nullptr && !annotations_match(*annotations, config)) return false;
    if (!when.contains("commands")) return true;
    const auto argv = argv_of(config);
    const auto commands = strings_or_empty(when, "commands");
    return std::any_of(commands.begin(), commands.end(), [&](const std::string& pattern) { return !argv.empty() && matches(pattern, argv.front()); });
}

Json checked_hook(const Json& document) {
    const Json* hook = member(document, "hook");
    const std::string path = hook != nullptr && hook->is_object() ? string_or(*hook, "path") : std::string{};
    if (string_or(document, "version") != "1.0.0") throw Error{ErrorKind::Invalid, "its version is not 1.0.0"};
    if (!path.starts_with('/')) throw Error{ErrorKind::Invalid, "its hook has no absolute path"};
    if (::access(path.c_str(), X_OK) != 0) throw SystemError{errno, concat("the hook ", quote(path))};
    return *hook;
}

void add_hook(Json& spec, const Json& document, const ContainerConfig& config) {
    const Json hook = checked_hook(document);
    const auto stages = strings_or_empty(document, "stages");
    if (stages.empty()) throw Error{ErrorKind::Invalid, "it names no stages"};
    for (const auto& stage : stages) {
        if (std::find(std::begin(kStages), std::end(kStages), stage) == std::end(kStages)) {
            throw Error{ErrorKind::Invalid, concat("there is no stage ", quote(stage))};
        }
    }
    const Json* when = member(document, "when");
    if (when == nullptr || !applies(*when, config)) return;
    for (const auto& stage : stages) spec["hooks"][stage].push_back(hook);
}

/// By name; later directories win.
std::map<std::string, fs::path> hook_files(const std::vector<fs::path>& directories) {
    std::map<std::string, fs::path> files;
    for (const auto& directory : directories) {
        const UniqueFd fd = open_at_if_exists(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
        if (!fd) continue;
        for (const auto& name : list_directory(fd.get())) {
            if (name.ends_with(".json")) files[name] = directory / name;
        }
    }
    return files;
}

}  // namespace

void add_hooks(Json& spec, const ContainerConfig& config, const std::vector<fs::path>& directories) {
    for (const auto& hook : hook_files(directories)) {
        const auto add = [&] { add_hook(spec, parse_json(read_file(hook.second, 1U << 20), hook.first), config); };
        in_context(concat("OCI hook ", quote(hook.second.native())), add);
    }
}

}  // namespace skiff::libpod
