#include "cli/runtime_access.h"

#include <filesystem>

#include "libpod/runtime.h"

namespace skiff::cli {

std::unique_ptr<libpod::Runtime> open_runtime(const GlobalOptions& globals, Needs needs, bool docker_names) {
    libpod::RuntimeOptions options;
    options.docker_names = docker_names;
    const auto absolute = [](const std::string& path) { return std::filesystem::absolute(path).lexically_normal(); };
    if (!globals.root.empty()) options.root = absolute(globals.root);
    if (!globals.tmpdir.empty()) options.runroot = absolute(globals.tmpdir);
    if (!globals.runroot.empty()) options.runroot = absolute(globals.runroot);
    options.oci_runtime = globals.runtime;
    options.runtime_flags = globals.runtime_flags;
    options.cgroup_manager = globals.cgroup_manager;
    options.events_logger = globals.events_backend;
    for (const auto& dir : globals.hooks_dirs) options.hooks_dirs.push_back(absolute(dir));
    for (const auto& dir : globals.cdi_spec_dirs) options.cdi_spec_dirs.push_back(absolute(dir));
    const auto access = needs == Needs::ReadOnly ? libpod::Runtime::Access::Read : libpod::Runtime::Access::Change;
    return std::make_unique<libpod::Runtime>(std::move(options), access);
}

}  // namespace skiff::cli
