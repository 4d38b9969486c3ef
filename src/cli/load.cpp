#include <unistd.h>

#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/image_progress.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/registry_flags.h"
#include "cli/report.h"
#include "image/jobs.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct LoadCall {
    std::string input;
    bool quiet = false;
};

int load(libpod::Runtime& runtime, const LoadCall& call, const Environment& environment) {
    if (call.input.empty() && ::isatty(STDIN_FILENO) != 0)
        throw Error{ErrorKind::Invalid, "standard input is a terminal, not an archive", "use --input FILE, or redirect a file"};
    const auto policy = image::policy_files(registry_options({}, environment).environment);
    for (const auto& image : image::run_load(runtime.images(), call.input, policy, image_progress(call.quiet))) {
        if (image.names.empty()) print_line(concat("Loaded image: sha256:", image.id));
        for (const auto& name : image.names) print_line(concat("Loaded image: ", name));
    }
    return 0;
}

}  // namespace

void define_load(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<LoadCall>();
    add_string(command, "-i,--input", call->input, "FILE", "Read a file or a directory, not standard input");
    add_flag(command, "-q,--quiet", call->quiet, "Show no progress");
    invocation.action = [call, &invocation](libpod::Runtime& runtime) { return load(runtime, *call, invocation.environment); };
}

}  // namespace skiff::cli
