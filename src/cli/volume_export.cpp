#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/runtime.h"
#include "libpod/volume/archive.h"
#include "libpod/volume/volume.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct VolumeExportCall {
    std::string volume;
    std::string output;
};

int export_volume(libpod::Runtime& runtime, const VolumeExportCall& call) {
    const std::string name = libpod::find_volume(runtime, call.volume).name;
    if (!call.output.empty()) {
        const UniqueFd file = open_at(AT_FDCWD, call.output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        libpod::export_volume(runtime, name, [&](std::string_view bytes) { write_all(file.get(), bytes, call.output); });
        return 0;
    }
    if (::isatty(STDOUT_FILENO) != 0) throw Error{ErrorKind::Invalid, "standard output is a terminal", "use --output, a pipe or a file"};
    libpod::export_volume(runtime, name, [](std::string_view bytes) { print(bytes); });
    return 0;
}

}  // namespace

void define_volume_export(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<VolumeExportCall>();
    add_argument(command, "VOLUME", call->volume);
    add_string(command, "-o,--output", call->output, "FILE", "Write to a file instead of standard output");
    invocation.action = [call](libpod::Runtime& runtime) { return export_volume(runtime, *call); };
}

}  // namespace skiff::cli
