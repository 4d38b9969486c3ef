#include <fcntl.h>

#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/clone.h"
#include "libpod/container.h"
#include "libpod/networks.h"
#include "libpod/runtime.h"
#include "libpod/spec/spec_generator.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct SpecCall {
    std::string container;
    std::string file;
    bool compact = false;
    bool new_name = true;
};

int generate(libpod::Runtime& runtime, const SpecCall& call) {
    const libpod::Container container = runtime.find(call.container);
    OrderedJson spec = libpod::spec_generator(container.config(), libpod::memberships_of(runtime, container.id()));
    // The configuration has the name of the time of creation.
    spec["name"] = call.new_name ? libpod::free_clone_name(runtime, container.name()) : container.name();
    const std::string text = concat(call.compact ? dump(spec) : dump(spec, /*indent=*/1), "\n");
    if (call.file.empty()) {
        print(text);
        return 0;
    }
    const UniqueFd file = in_context("--filename", [&] { return open_at(AT_FDCWD, call.file, O_WRONLY | O_CREAT | O_TRUNC, 0644); });
    write_all(file.get(), text, call.file);
    print_line(call.file);
    return 0;
}

}  // namespace

void define_generate_spec(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<SpecCall>();
    add_flag(command, "-c,--compact", call->compact, "Print it on one line");
    add_string(command, "-f,--filename", call->file, "FILE", "Write to a file");
    add_flag(command, "-n,--name", call->new_name, "Give it a new name (default true)");
    add_argument(command, "CONTAINER", call->container);
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return generate(runtime, *call); };
}

}  // namespace skiff::cli
