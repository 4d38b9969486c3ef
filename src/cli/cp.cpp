#include <unistd.h>

#include <memory>
#include <optional>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/container.h"
#include "libpod/copy.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct CopyCall {
    std::string source, target;
    bool archive = true;
    bool overwrite = false;
};

// One side of the command: CONTAINER:PATH, a path of the host, or "-".
struct Side {
    std::optional<libpod::Container> container;
    std::string path;

    bool is_stream() const { return !container && path == "-"; }
    libpod::CopyPlace place() { return {container ? &*container : nullptr, path}; }
};

// A colon after a "/" or in a path that begins with "." belongs to a path of the host. A first part that names no
// container is an error, as in podman: a file with a colon is written ./a:b.
Side side_of(libpod::Runtime& runtime, const std::string& text) {
    const auto pair = split_once(text, ':');
    const bool host = !pair || pair->first.empty() || text.starts_with('.') || pair->first.find('/') != std::string::npos;
    if (host) return {std::nullopt, text};
    return {runtime.find(pair->first), pair->second};
}

void refuse_terminal(int fd, const char* what) {
    if (::isatty(fd) != 0) throw Error{ErrorKind::Invalid, concat(what, " is a terminal"), "use a pipe or a file"};
}

int cp(libpod::Runtime& runtime, const CopyCall& call) {
    Side source = side_of(runtime, call.source);
    Side target = side_of(runtime, call.target);
    if (!source.container && !target.container) {
        throw Error{ErrorKind::Invalid, "neither side names a container", "CONTAINER:PATH"};
    }
    const libpod::CopyOptions options{.own_by_container_user = call.archive, .overwrite = call.overwrite};
    if (source.is_stream()) {
        refuse_terminal(STDIN_FILENO, "standard input");
        libpod::copy_from_tar(STDIN_FILENO, target.place(), options);
    } else if (target.is_stream()) {
        refuse_terminal(STDOUT_FILENO, "standard output");
        libpod::copy_to_tar(source.place(), [](std::string_view bytes) { print(bytes); });
    } else {
        libpod::copy_between(source.place(), target.place(), options);
    }
    return 0;
}

}  // namespace

void define_cp(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<CopyCall>();
    add_flag(command, "-a,--archive", call->archive, "Give what enters a container to its user (default true)");
    add_flag(command, "--overwrite", call->overwrite, "A directory may replace a file and the other way round");
    add_argument(command, "SOURCE", call->source);
    add_argument(command, "TARGET", call->target);
    invocation.action = [call](libpod::Runtime& runtime) { return cp(runtime, *call); };
}

}  // namespace skiff::cli
