#include <memory>
#include <string>
#include <vector>

#include "cli/create_flags.h"
#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/clone.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct CloneCall {
    std::vector<std::string> words;
    libpod::CloneOptions options;
    bool run = false;
};

int clone(libpod::Runtime& runtime, CloneCall call) {
    if (call.words.empty() || call.words.size() > 3) {
        throw Error{ErrorKind::Invalid, concat("a container, a name and an image are wanted at most, not ", call.words.size(), " arguments")};
    }
    auto& options = call.options;
    if (call.words.size() > 1) options.name = call.words[1];
    if (call.words.size() > 2) options.image = call.words[2];
    if (options.force && !options.destroy) throw Error{ErrorKind::Invalid, "--force goes with --destroy"};
    libpod::Container original = runtime.find(call.words[0]);
    libpod::Container made = libpod::clone_container(original, options);
    if (call.run) made.start();
    print_line(made.id());
    return 0;
}

}  // namespace

void define_container_clone(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<CloneCall>();
    auto& options = call->options;
    add_arguments(command, "CONTAINER NAME IMAGE", call->words);
    add_limit_options(command, options.resources);
    add_flag(command, "--destroy", options.destroy, "Remove the original");
    add_flag(command, "-f,--force", options.force, "With --destroy: also when it runs");
    add_string(command, "--name", options.name, "NAME", "Name of the new container");
    add_refused(command, "--pod", Takes::Value, "pods are not implemented");
    add_flag(command, "--run", call->run, "Start the new container");
    invocation.action = [call](libpod::Runtime& runtime) { return clone(runtime, *call); };
}

}  // namespace skiff::cli
