#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "libpod/runtime.h"
#include "libpod/volume/archive.h"
#include "libpod/volume/volume.h"
#include "util/files.h"

namespace skiff::cli {
namespace {

struct VolumeImportCall {
    std::string volume;
    std::string source;
};

int import_volume(libpod::Runtime& runtime, const VolumeImportCall& call) {
    const std::string name = libpod::find_volume(runtime, call.volume).name;
    const UniqueFd source = call.source == "-" ? duplicate(STDIN_FILENO) : open_at(AT_FDCWD, call.source, O_RDONLY);
    libpod::import_volume(runtime, name, source.get());
    return 0;
}

}  // namespace

void define_volume_import(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<VolumeImportCall>();
    add_argument(command, "VOLUME", call->volume);
    add_argument(command, "FILE", call->source);
    invocation.action = [call](libpod::Runtime& runtime) { return import_volume(runtime, *call); };
}

}  // namespace skiff::cli
