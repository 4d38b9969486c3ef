#include "libpod/commit.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "image/config_change.h"
#include "image/jobs.h"
#include "libpod/container_events.h"
#include "libpod/container_root.h"
#include "libpod/lifecycle.h"
#include "state/intent.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/signals.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

void add_volumes(const ContainerConfig& config, std::vector<std::string>& volumes) {
    for (const auto& mount : config.mounts) {
        if (!mount.from_image) volumes.push_back(mount.destination);
    }
    std::sort(volumes.begin(), volumes.end());
    volumes.erase(std::unique(volumes.begin(), volumes.end()), volumes.end());
}

/// What the image says of a process is what the container was created with; what only images have stays the base's.
image::ImageConfig image_config(const ContainerConfig& config, image::ImageConfig image, const CommitOptions& options) {
    image.user = config.user;
    image.env = config.env;
    image.cmd = config.command;
    image.entrypoint = config.entrypoint;
    image.working_dir = config.work_dir;
    image.labels = config.labels;
    image.exposed_ports = config.exposed_ports;
    if (options.include_volumes) add_volumes(config, image.volumes);
    if (!options.author.empty()) image.author = options.author;
    image.comment = options.message;
    if (!options.config_json.empty()) image::override_config(image, options.config_json, options.config_name);
    for (const auto& change : options.changes) image::apply_change(image, change);
    return image;
}

/// Empty files that the engine made to mount its own on are not the container's work.
bool is_placeholder(const std::string& path, const struct stat& status) {
    static constexpr std::string_view kPaths[] = {"run/.containerenv", "etc/hosts", "etc/hostname", "etc/resolv.conf", "run/skiff-init"};
    return S_ISREG(status.st_mode) && status.st_size == 0 && std::find(std::begin(kPaths), std::end(kPaths), path) != std::end(kPaths);
}

UniqueFd open_tree_of(const Runtime& runtime, const ContainerConfig& config, bool squash) {
    if (squash) return mount_for_reading(runtime, config);
    return open_directory(container_overlay(runtime, config)->upper);
}

image::CommitRequest request_for(const Container& container, const CommitOptions& options) {
    const auto& config = container.config();
    if (config.image_id.empty()) {
        throw Error{ErrorKind::Unsupported, concat("container ", quote(container.name()), " was made from a directory: there is no image to build on"),
                    "export it, then import that"};
    }
    if (!options.message.empty() && options.format == image::DocumentFormat::Oci) {
        throw Error{ErrorKind::Invalid, "--message: images in OCI format have no place for a message", "--format docker"};
    }
    const auto base = container.runtime().images().get(config.image_id);
    image::CommitRequest request;
    if (!options.squash) request.base = base.id;
    request.tar.layer = true;  // also of all files: it is one in the image
    request.tar.with_root = true;
    request.tar.leave_out = is_placeholder;
    request.config = image_config(config, base.parsed_config(), options);
    request.history = {{}, "/bin/sh", options.author, concat("FROM ", config.image_name), false};
    request.format = options.format;
    request.names = image::names_for_new(options.name);
    return request;
}

/// The step "commit" of a container, which is paused meanwhile if that is asked for and it runs.
class [[nodiscard]] CommitStep {
public:
    CommitStep(const Runtime& runtime, ContainerRow& row, bool pause) : runtime_{runtime}, row_{row} {
        const auto global = runtime_.step_lock();
        paused_ = pause && row_.state.state == State::Running && is_alive(row_.state.init);
        commit_change(runtime_, row_, {}, [&](ContainerState&) {
            intent_ = state::begin_intent(runtime_.db(), "container", row_.id, "commit", paused_ ? R"({"paused":true})" : "{}");
        });
        try {
            if (paused_) set_paused_locked(runtime_, row_, Operation::Pause, "commit");
        } catch (const Error&) {
            // It may be frozen all the same, with or without the row saying so.
            auto& oci = runtime_.oci_runtime(oci_runtime_of(row_, runtime_));
            if (is_alive(row_.state.init) && oci.state(row_.id).status == oci::Status::Paused) oci.resume(row_.id);
            record_frozen(runtime_, row_, intent_, "commit");
            throw;
        }
        fault_point("commit:begun");
    }
    CommitStep(const CommitStep&) = delete;
    CommitStep& operator=(const CommitStep&) = delete;

    void end() {
        const auto global = runtime_.step_lock();
        commit_change(runtime_, row_, {}, [](ContainerState&) {});  // stop takes no lock: reads what it made of it
        if (paused_ && row_.state.state == State::Paused && is_alive(row_.state.init)) {
            set_paused_locked(runtime_, row_, Operation::Unpause, "commit");
        }
        commit_change(runtime_, row_, {}, [&](ContainerState&) { state::finish_intent(runtime_.db(), intent_); });
    }

private:
    const Runtime& runtime_;
    ContainerRow& row_;
    bool paused_ = false;
    std::int64_t intent_ = 0;
};

}  // namespace

std::string commit_container(Container& container, const CommitOptions& options, const std::function<void(std::string_view)>& report) {
    const auto& runtime = container.runtime();
    auto request = request_for(container, options);
    auto locked = lock_container(runtime, container.id(), std::chrono::seconds{60});
    {
        const auto global = runtime.step_lock();
        settle_locked(runtime, locked.row, "found by commit");
    }
    const SignalGuard guard;  // an interrupt ends the worker; the container is resumed first, then it ends this process
    CommitStep step{runtime, locked.row, options.pause};
    try {
        const UniqueFd tree = open_tree_of(runtime, container.config(), options.squash);
        request.tree = tree.get();
        const auto image = image::run_commit(runtime.images(), request, report);
        fault_point("commit:image");
        step.end();
        record_container_event(runtime.db(), container.id(), "commit");
        return image.id;
    } catch (const Error&) {
        step.end();
        throw;
    }
}

}  // namespace skiff::libpod
