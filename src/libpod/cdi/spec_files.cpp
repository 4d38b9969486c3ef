#include "libpod/cdi/spec_files.h"

#include <fcntl.h>

#include <algorithm>

#include "libpod/parse/cdi.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/log.h"
#include "util/text.h"
#include "util/yaml_document.h"

namespace skiff::libpod::cdi {
namespace {

constexpr std::size_t kLargestFile = 4U << 20;

[[noreturn]] void fail(std::string_view what) { throw Error{ErrorKind::Corrupt, std::string{what}}; }

void require_absolute(const Json& object, const char* key) {
    if (!string_or(object, key).starts_with('/')) fail(concat(quote(key), " is no absolute path"));
}

const Json& list_of(const Json& edits, const char* key) {
    static const Json none = Json::array();
    const Json* found = member(edits, key);
    if (found == nullptr) return none;
    if (!found->is_array()) fail(concat(quote(key), " is no list"));
    return *found;
}

void check_hook(const Json& hook) {
    static constexpr std::string_view kStages[] = {"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"};
    const auto name = string_or(hook, "hookName");
    if (std::find(std::begin(kStages), std::end(kStages), name) == std::end(kStages)) fail(concat("there is no hook ", quote(name)));
    require_absolute(hook, "path");
    strings_or_empty(hook, "args");
    strings_or_empty(hook, "env");
    int_or(hook, "timeout");
}

/// What none of ours can do must not look as if it were done.
void refuse_unknown(const Json& edits) {
    static constexpr std::string_view kKnown[] = {"env", "deviceNodes", "mounts", "hooks", "additionalGids"};
    for (const auto& [key, value] : edits.items()) {
        if (std::find(std::begin(kKnown), std::end(kKnown), key) != std::end(kKnown)) continue;
        throw Error{ErrorKind::Unsupported, concat("the edit ", quote(key), " is not supported")};
    }
}

Json checked_edits(const Json& owner) {
    const Json* edits = member(owner, "containerEdits");
    if (edits == nullptr) return Json::object();
    if (!edits->is_object()) fail("containerEdits is no object");
    refuse_unknown(*edits);
    for (const auto& entry : strings_or_empty(*edits, "env")) {
        if (entry.find('=') == std::string::npos || entry.front() == '=') fail(concat("environment variable ", quote(entry), " is not NAME=value"));
    }
    for (const auto& node : list_of(*edits, "deviceNodes")) require_absolute(node, "path");
    for (const auto& mount : list_of(*edits, "mounts")) {
        require_absolute(mount, "hostPath");
        require_absolute(mount, "containerPath");
    }
    for (const auto& hook : list_of(*edits, "hooks")) check_hook(hook);
    for (const auto& group : list_of(*edits, "additionalGids")) {
        if (!group.is_number_unsigned()) fail("additionalGids holds no group");
    }
    return *edits;
}

void require_known_version(const std::string& version) {
    const auto parts = split(version, '.');
    const auto major = parts.size() == 3 ? parse_uint(parts[0]) : std::nullopt;
    const auto minor = parts.size() == 3 ? parse_uint(parts[1]) : std::nullopt;
    if (!major || !minor) fail(concat("cdiVersion ", quote(version), " is no version"));
    if (*major > 1 || (*major == 1 && *minor > 1)) throw Error{ErrorKind::Unsupported, concat("cdiVersion ", quote(version), " is newer than 1.1")};
}

Json document_of(const fs::path& file) {
    const std::string text = read_file(file, kLargestFile);
    return file.extension() == ".json" ? parse_json(text, file.native()) : parse_yaml(text, file.native());
}

std::vector<fs::path> files_in(const fs::path& directory) {
    std::vector<fs::path> files;
    const UniqueFd fd = open_at_if_exists(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
    if (!fd) return files;
    auto names = list_directory(fd.get());
    std::sort(names.begin(), names.end());
    for (const auto& name : names) {
        if (name.ends_with(".json") || name.ends_with(".yaml")) files.push_back(directory / name);
    }
    return files;
}

}  // namespace

std::vector<fs::path> default_directories() { return {"/etc/cdi", "/var/run/cdi"}; }

Specification parse_specification(const fs::path& file, const Json& document) {
    if (!document.is_object()) fail("it is no object");
    require_known_version(string_or(document, "cdiVersion"));
    Specification out{file, string_or(document, "kind"), checked_edits(document), {}};
    if (!is_cdi_kind(out.kind)) fail(concat("kind ", quote(out.kind), " is not VENDOR/CLASS"));
    for (const auto& device : list_of(document, "devices")) {
        const auto name = string_or(device, "name");
        if (!is_cdi_name(concat(out.kind, "=", name))) fail(concat("device ", quote(name), " has no proper name"));
        if (!out.devices.emplace(name, checked_edits(device)).second) fail(concat("device ", quote(name), " is there twice"));
    }
    if (out.devices.empty()) fail("it has no devices");
    return out;
}

std::vector<Specification> read_specifications(const std::vector<fs::path>& directories, std::vector<std::string>& broken) {
    std::vector<Specification> found;
    for (const auto& directory : directories) {
        for (const auto& file : files_in(directory)) {
            try {
                found.push_back(parse_specification(file, document_of(file)));
            } catch (const Error& error) {
                broken.push_back(concat(file.native(), ": ", error.what()));
                log::debug(concat("CDI specification ", broken.back(), ", ignoring"));
            }
        }
    }
    return found;
}

}  // namespace skiff::libpod::cdi
