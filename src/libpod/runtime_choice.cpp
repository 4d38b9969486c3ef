#include "libpod/runtime_choice.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "libpod/containers_conf.h"
#include "libpod/runtime.h"
#include "oci/external/external_runtime.h"
#include "oci/native/factory.h"
#include "state/epoch.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr const char* kEmbedded = "skiff";
constexpr std::array<const char*, 3> kBuiltInOrder{kEmbedded, "crun", "runc"};
constexpr const char* kRefusedKey = "refused_runtimes";

bool is_executable(const fs::path& path) { return ::access(path.c_str(), X_OK) == 0; }

/// PATH of the caller, then the places where distributions put runtimes.
fs::path find_program(const std::string& name) {
    const char* path = std::getenv("PATH");
    const std::string directories = concat(path != nullptr ? path : "", ":/usr/bin:/usr/sbin:/usr/local/bin:/usr/local/sbin:/bin:/sbin");
    for (const auto& directory : split(directories, ':')) {
        fs::path candidate = fs::path{directory} / name;
        if (directory.starts_with('/') && is_executable(candidate)) return candidate;
    }
    return {};
}

fs::path program_of(const Runtime& runtime, const std::string& name) {
    if (name.starts_with('/')) return is_executable(name) ? fs::path{name} : fs::path{};
    const auto& configured = runtime.engine_config().runtimes;
    if (const auto found = configured.find(name); found != configured.end()) {
        for (const auto& path : found->second) {
            if (is_executable(path)) return path;
        }
    }
    return find_program(name);
}

}  // namespace

bool is_embedded(const std::string& name) { return name == kEmbedded; }

std::vector<std::string> runtime_candidates(const Runtime& runtime) {
    if (!runtime.options().oci_runtime.empty()) return {runtime.options().oci_runtime};
    if (!runtime.engine_config().runtime.empty()) return {runtime.engine_config().runtime};
    const auto refused = split(state::meta_value(runtime.db(), kRefusedKey), ' ');
    std::vector<std::string> names;
    for (const char* name : kBuiltInOrder) {
        if (std::find(refused.begin(), refused.end(), name) != refused.end()) continue;
        if (is_embedded(name)) return {name};  // refuses no host's cgroups: nobody looks for the others
        if (!program_of(runtime, name).empty()) names.emplace_back(name);
    }
    if (names.empty()) names.emplace_back(kBuiltInOrder.front());
    return names;
}

std::string remember_refusal(const Runtime& runtime, const std::string& name) {
    const auto names = runtime_candidates(runtime);
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end() || at + 1 == names.end()) return {};
    const std::string refused = state::meta_value(runtime.db(), kRefusedKey);
    state::Transaction transaction{runtime.db()};
    state::set_meta(runtime.db(), kRefusedKey, refused.empty() ? name : concat(refused, " ", name));
    transaction.commit();
    return *(at + 1);
}

std::unique_ptr<oci::OciRuntime> make_oci_runtime(const Runtime& runtime, const std::string& name) {
    if (is_embedded(name)) return oci::native::make_native_runtime(runtime.options().runroot / "oci" / name);
    const fs::path program = program_of(runtime, name);
    if (program.empty()) {
        throw Error{ErrorKind::Invalid, concat("OCI runtime ", quote(name), " not found"),
                    concat("install it (apt-get install crun), or choose another with --runtime")};
    }
    return oci::make_external_runtime({.program = program,
                                       .state_dir = runtime.options().runroot / "oci" / program.filename(),
                                       .flags = runtime.options().runtime_flags});
}

}  // namespace skiff::libpod
