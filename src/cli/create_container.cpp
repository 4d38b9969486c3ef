/// From the words of `create` and `run` to a container that exists.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "cli/artifact_mounts.h"
#include "cli/create_flags.h"
#include "cli/explain.h"
#include "cli/image_progress.h"
#include "cli/image_pull.h"
#include "cli/invocation.h"
#include "image/image_store.h"
#include "libpod/boot.h"
#include "libpod/container.h"
#include "libpod/containers_conf.h"
#include "libpod/explain.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

libpod::CreateOptions parsed(const libpod::Runtime& runtime, CreateCall& call, const Invocation& invocation) {
    apply_configured_flags(runtime.engine_config(), call.flags);
    if (!call.flags.mount.empty()) expand_artifact_mounts(image::ArtifactStore{runtime.images().root()}, call.flags.mount);
    call.flags.cdi_spec_dirs = runtime.options().cdi_spec_dirs;
    call.flags.runtime = invocation.globals.runtime;
    // Written at every start, by whoever starts: not below the directory of that process.
    for (std::string* file : {&call.flags.pidfile, &call.flags.conmon_pidfile}) {
        if (!file->empty()) *file = (std::filesystem::path{invocation.environment.current_directory} / *file).lexically_normal();
    }
    libpod::ParseContext context;
    context.environment = invocation.environment.variables;
    context.current_directory = invocation.environment.current_directory;
    context.command_line = invocation.command_line;
    libpod::CreateOptions options = libpod::parse_create_flags(call.flags, context);
    options.runs_at_once = call.runs_at_once;
    return options;
}

// Brings the image here as --pull says; `run oci:DIR:TAG` always reads its source, as podman does.
void pull_as_asked(const libpod::Runtime& runtime, const CreateCall& call, const Invocation& invocation, libpod::CreateOptions& options) {
    if (options.image.empty()) return;
    PullCall pull;
    pull.policy = parse_pull_policy(call.pull.empty() ? runtime.engine_config().pull_policy : call.pull);
    pull.platform = call.platform;
    pull.options = registry_options(call.registry, invocation.environment);
    pull.report = image_progress(call.quiet);
    chosen_platform(call.platform);
    const auto image = pull_image(runtime.images(), options.image, pull).front();
    const bool somewhere = image::parse_location(options.image).has_value();
    if (somewhere || !runtime.images().try_resolve(options.image)) options.image = image.names.empty() ? image.id : image.names.front();
}

// --cidfile. Opened before anything is made, so that a path that cannot be written leaves no container behind; taken back
// when no container came of it, so that the command can be repeated.
class IdFile {
public:
    explicit IdFile(const std::string& path) : path_{path} {
        if (path.empty()) return;
        file_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
        const int saved_errno = errno;
        if (file_) return;
        const char* hint = saved_errno == EEXIST ? "remove it when no container needs it any more" : "";
        throw SystemError{saved_errno, concat("making ", quote(path), " for --cidfile"), hint};
    }
    IdFile(const IdFile&) = delete;
    IdFile& operator=(const IdFile&) = delete;
    ~IdFile() {
        if (file_ && !written_) ::unlink(path_.c_str());
    }

    void write(const std::string& id) {
        if (!file_) return;
        write_all(file_.get(), id, "--cidfile");
        written_ = true;
    }

private:
    const std::string& path_;
    UniqueFd file_;
    bool written_ = false;
};

void remove_holder(libpod::Runtime& runtime, const std::string& name) {
    if (name.empty()) throw Error{ErrorKind::Invalid, "--replace needs --name"};
    if (!runtime.exists(name)) return;
    libpod::Container holder = runtime.find(name);
    if (holder.name() != name) return;  // found by a prefix of its ID
    holder.remove({.force = true, .volumes = false, .stop_timeout = std::nullopt});
}

/// Said once for a root: no daemon is there that would do it.
void mention_boot(const libpod::Runtime& runtime, const libpod::CreateOptions& options) {
    const bool wants_boot = options.restart.kind == libpod::RestartKind::Always || options.restart.kind == libpod::RestartKind::UnlessStopped;
    if (!wants_boot || libpod::boot_is_installed(runtime) || !libpod::first_mention_of_boot(runtime)) return;
    write_all(STDERR_FILENO,
              "Note: after a reboot nothing will start this container: enable skiff-boot.service, or have init run \"skiff system boot\" (said once)\n",
              "standard error");
}

libpod::CreateOptions checked(const libpod::Runtime& runtime, CreateCall& call, const Invocation& invocation) {
    if (call.flags.image.empty()) {
        throw Error{ErrorKind::Invalid, call.flags.rootfs ? "a root directory is missing" : "an image is missing",
                    concat("see skiff ", invocation.command, " --help")};
    }
    return parsed(runtime, call, invocation);
}

}  // namespace

void print_plan(libpod::Runtime& runtime, CreateCall& call, const Invocation& invocation) {
    print_explanation(runtime, libpod::planned_config(runtime, checked(runtime, call, invocation)), {});
}

libpod::Container create_container(libpod::Runtime& runtime, CreateCall& call, const Invocation& invocation,
                                   const std::function<void()>& about_to_create) {
    libpod::CreateOptions options = checked(runtime, call, invocation);
    pull_as_asked(runtime, call, invocation, options);
    if (about_to_create) about_to_create();
    IdFile id_file{call.flags.cidfile};
    if (call.flags.replace) remove_holder(runtime, options.name);
    libpod::Container container = runtime.create(options);
    id_file.write(container.id());
    mention_boot(runtime, options);
    return container;
}

}  // namespace skiff::cli
