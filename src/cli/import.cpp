#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/image_progress.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "image/jobs.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct ImportCall {
    std::vector<std::string> words;
    image::ImportRequest request;
    bool quiet = false;
};

int import(libpod::Runtime& runtime, ImportCall call) {
    if (call.words.empty() || call.words.size() > 2)
        throw Error{ErrorKind::Invalid, concat("a file and at most one name are wanted, not ", call.words.size(), " arguments"), "\"-\" is standard input"};
    call.request.input = call.words[0];
    if (call.words.size() == 2) {
        if (call.words[1].empty()) throw Error{ErrorKind::Invalid, "invalid image name \"\": it has no name"};
        call.request.name = call.words[1];
    }
    const auto image = image::run_import(runtime.images(), call.request, image_progress(call.quiet));
    print_line(concat("sha256:", image.id));
    return 0;
}

}  // namespace

void define_import(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ImportCall>();
    auto& request = call->request;
    add_arguments(command, "FILE NAME", call->words);
    add_string(command, "--arch", request.platform.architecture, "ARCHITECTURE", "Architecture that the image names");
    add_list(command, "-c,--change", request.changes, "INSTRUCTION", "Apply CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME or WORKDIR");
    add_string(command, "-m,--message", request.message, "MESSAGE", "Comment for the image's history");
    add_string(command, "--os", request.platform.os, "SYSTEM", "Operating system that the image names");
    add_flag(command, "-q,--quiet", call->quiet, "Show no progress");
    add_string(command, "--variant", request.platform.variant, "VARIANT", "Variant of the architecture");
    invocation.action = [call](libpod::Runtime& runtime) { return import(runtime, *call); };
}

}  // namespace skiff::cli
