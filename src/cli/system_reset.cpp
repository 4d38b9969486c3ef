#include <memory>
#include <string>

#include "cli/confirm.h"
#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "image/image_store.h"
#include "libpod/container.h"
#include "libpod/ports.h"
#include "libpod/network_create.h"
#include "libpod/runtime.h"
#include "libpod/secret/secret.h"
#include "libpod/volume/volume.h"

namespace skiff::cli {

namespace {

constexpr const char* kQuestion =
    "WARNING! This will remove all containers, images, volumes, secrets and networks.\nAre you sure you want to continue?";

// Quietly passes over what somebody else removed first.
void remove_quietly(Failures& failures, const std::function<void()>& step) {
    try {
        step();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::NotFound) failures.add(error);
    }
}

int reset(libpod::Runtime& runtime, bool force) {
    if (!force && !confirm(kQuestion)) return 0;
    Failures failures;
    for (const libpod::ContainerRow& row : runtime.list()) {
        remove_quietly(failures, [&] {
            libpod::Container{runtime, row}.remove({.force = true, .volumes = true, .stop_timeout = std::chrono::seconds{0}});
        });
    }
    for (const image::ImageRecord& image : runtime.images().list()) {
        remove_quietly(failures, [&] { runtime.images().remove(image.id, {.force = true, .prune_parents = true}); });
    }
    for (const libpod::VolumeRow& volume : libpod::read_all_volumes(runtime.db())) {
        remove_quietly(failures, [&] { libpod::remove_volume(runtime, volume.name, /*force=*/true); });
    }
    for (const libpod::SecretRow& secret : libpod::list_secrets(runtime)) {
        remove_quietly(failures, [&] { libpod::remove_secret(runtime, secret); });
    }
    remove_quietly(failures, [&] { libpod::remove_all_networks(runtime); });
    libpod::drop_rules(runtime);
    return failures.status();
}

}  // namespace

void define_system_reset(CLI::App& command, Invocation& invocation) {
    auto force = std::make_shared<bool>(false);
    add_flag(command, "-f,--force", *force, "Do not ask");
    invocation.action = [force](libpod::Runtime& runtime) { return reset(runtime, *force); };
}

}  // namespace skiff::cli
