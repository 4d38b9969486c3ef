#include <memory>
#include <optional>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/selection.h"
#include "cli/streams.h"
#include "libpod/container.h"
#include "libpod/container_config.h"
#include "libpod/runtime.h"

namespace skiff::cli {

namespace {

struct AttachCall {
    std::string name;
    bool latest = false;
    bool no_stdin = false;
    bool sig_proxy = true;
    std::optional<std::string> detach_keys;
};

int attach(libpod::Runtime& runtime, const AttachCall& call) {
    libpod::Container container = find_one(runtime, call.name, call.latest);
    const libpod::ContainerConfig& config = container.config();
    const StreamChoice choice{.in = config.stdin_open && !call.no_stdin, .out = true, .err = true};
    const bool sig_proxy = call.sig_proxy && !config.terminal;
    return container.attach(attach_streams(runtime, choice, call.detach_keys, sig_proxy)).exit_code;
}

}  // namespace

void define_attach(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<AttachCall>();
    add_argument(command, "CONTAINER", call->name, /*required=*/false);
    add_string(command, "--detach-keys", call->detach_keys, "KEYS", "Keys that detach; empty switches them off");
    add_latest(command, call->latest);
    add_flag(command, "--no-stdin", call->no_stdin, "Do not attach standard input");
    add_flag(command, "--sig-proxy", call->sig_proxy, "Forward signals to the container (default true)");
    invocation.action = [call](libpod::Runtime& runtime) { return attach(runtime, *call); };
}

}  // namespace skiff::cli
