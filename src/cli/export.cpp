#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/container.h"
#include "libpod/container_root.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct ExportCall {
    std::string container;
    std::string output;
};

int export_to_file(libpod::Container& container, const std::string& path) {
    const UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    const int saved_errno = errno;
    if (!file) throw SystemError{saved_errno, concat("opening ", quote(path), " for --output")};
    libpod::export_container(container, [&](std::string_view bytes) { write_all(file.get(), bytes, path); });
    return 0;
}

int export_container(libpod::Runtime& runtime, const ExportCall& call) {
    libpod::Container container = runtime.find(call.container);
    if (!call.output.empty()) return export_to_file(container, call.output);
    if (::isatty(STDOUT_FILENO) != 0) {
        throw Error{ErrorKind::Invalid, "standard output is a terminal", "use --output, a pipe or a file"};
    }
    libpod::export_container(container, [](std::string_view bytes) { print(bytes); });
    return 0;
}

}  // namespace

void define_export(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ExportCall>();
    add_string(command, "-o,--output", call->output, "FILE", "Write to a file instead of standard output");
    add_argument(command, "CONTAINER", call->container);
    invocation.action = [call](libpod::Runtime& runtime) { return export_container(runtime, *call); };
}

}  // namespace skiff::cli
