/// From the words of `create` and `run` to a container that exists.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "cli/create_flags.h"
#include "cli/image_progress.h"
#include "cli/invocation.h"
#include "image/image_store.h"
#include "image/jobs.h"
#include "libpod/container.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

libpod::CreateOptions parsed(CreateCall& call, const Invocation& invocation) {
    call.flags.runtime = invocation.globals.runtime;
    // Written at every start, by whoever starts: not below the directory of that process.
    for (std::string* file : {&call.flags.pidfile, &call.flags.conmon_pidfile}) {
        if (!file->empty()) *file = (std::filesystem::path{invocation.environment.current_directory} / *file).lexically_normal();
    }
    libpod::ParseContext context;
    context.environment = invocation.environment.variables;
    context.current_directory = invocation.environment.current_directory;
    context.command_line = invocation.command_line;
    return libpod::parse_create_flags(call.flags, context);
}

void check_pull_policy(const libpod::Runtime& runtime, const CreateCall& call, const libpod::CreateOptions& options) {
    const std::string policy = lower(call.pull);
    if (policy == "always" || policy == "newer") {
        throw Error{ErrorKind::Unsupported,
                    concat("--pull ", quote(call.pull), " is not supported by this version: images come from local files only"),
                    "missing and never are"};
    }
    if (!policy.empty() && policy != "missing" && policy != "never" && policy != "true" && policy != "false") {
        throw Error{ErrorKind::Invalid, concat("--pull: no policy ", quote(call.pull)), "missing or never"};
    }
    if (options.image.empty() || runtime.images().try_resolve(options.image)) return;
    throw Error{ErrorKind::NotFound, concat("image ", quote(options.image), " is not here"),
                "skiff images lists what is; skiff load, import and pull bring one from a file"};
}

// `run oci:DIR:TAG`: pulled first, as podman does.
void pull_from_source(const libpod::Runtime& runtime, const CreateCall& call, libpod::CreateOptions& options) {
    const auto location = image::parse_location(options.image);
    if (!location || location->transport == image::Transport::Docker) return;
    const auto pulled = image::run_pull(runtime.images(), *location, image::Platform::host(), image_progress(call.quiet)).front();
    options.image = pulled.names.empty() ? pulled.id : pulled.names.front();
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

}  // namespace

libpod::Container create_container(libpod::Runtime& runtime, CreateCall& call, const Invocation& invocation,
                                   const std::function<void()>& about_to_create) {
    if (call.flags.image.empty()) {
        throw Error{ErrorKind::Invalid, call.flags.rootfs ? "a root directory is missing" : "an image is missing",
                    concat("see skiff ", invocation.command, " --help")};
    }
    libpod::CreateOptions options = parsed(call, invocation);
    pull_from_source(runtime, call, options);
    check_pull_policy(runtime, call, options);
    if (about_to_create) about_to_create();
    IdFile id_file{call.flags.cidfile};
    if (call.flags.replace) remove_holder(runtime, options.name);
    libpod::Container container = runtime.create(options);
    id_file.write(container.id());
    return container;
}

}  // namespace skiff::cli
