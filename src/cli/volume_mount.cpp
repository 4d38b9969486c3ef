#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/runtime.h"
#include "libpod/volume/volume.h"

namespace skiff::cli {
namespace {

using VolumeNames = std::vector<std::string>;

int for_each(libpod::Runtime& runtime, const VolumeNames& names, const std::function<std::string(const std::string&)>& step) {
    Failures failures;
    for (const auto& given : names) {
        failures.attempt([&] { print_line(step(libpod::find_volume(runtime, given).name)); });
    }
    return failures.status();
}

}  // namespace

void define_volume_mount(CLI::App& command, Invocation& invocation) {
    auto names = std::make_shared<VolumeNames>();
    add_arguments(command, "VOLUME", *names, /*required=*/true);
    invocation.action = [names](libpod::Runtime& runtime) {
        return for_each(runtime, *names, [&](const std::string& name) { return libpod::mount_volume(runtime, name).native(); });
    };
}

void define_volume_unmount(CLI::App& command, Invocation& invocation) {
    auto names = std::make_shared<VolumeNames>();
    add_arguments(command, "VOLUME", *names, /*required=*/true);
    invocation.action = [names](libpod::Runtime& runtime) {
        return for_each(runtime, *names, [&](const std::string& name) {
            libpod::unmount_volume(runtime, name);
            return name;
        });
    };
}

}  // namespace skiff::cli
