#include <memory>
#include <optional>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "cli/streams.h"
#include "libpod/container.h"
#include "libpod/container_config.h"
#include "libpod/runtime.h"
#include "util/error.h"

namespace skiff::cli {

namespace {

struct StartCall {
    Selection selection;
    bool attach = false;
    bool interactive = false;
    bool docker = false;
    std::optional<bool> sig_proxy;
    std::optional<std::string> detach_keys;
};

bool startable(libpod::State state) {
    return state == libpod::State::Configured || state == libpod::State::Created || state == libpod::State::Stopped;
}

int start_attached(libpod::Runtime& runtime, const StartCall& call) {
    if (call.selection.names.size() + (call.selection.latest ? 1 : 0) != 1) {
        throw Error{ErrorKind::Invalid, "you cannot start and attach multiple containers at once"};
    }
    const std::string name = call.selection.names.empty() ? std::string{} : call.selection.names.front();
    libpod::Container container = find_one(runtime, name, call.selection.latest);
    const bool terminal = container.config().terminal;
    const StreamChoice choice{.in = call.interactive && container.config().stdin_open, .out = true, .err = true};
    warn_without_terminal(terminal, choice.in);
    const bool sig_proxy = call.sig_proxy.value_or(true) && !terminal;
    const auto streams = attach_streams(runtime, choice, call.detach_keys, sig_proxy);
    container.refresh();
    // A container that runs already is only attached to.
    const bool runs = container.state().state == libpod::State::Running;
    return (runs ? container.attach(streams) : container.start_attached(streams)).exit_code;
}

int start(libpod::Runtime& runtime, const StartCall& call) {
    // A container that has an input keeps it open anyway: without --attach there is nothing to do for --interactive, but with docker.
    if (call.attach || (call.docker && call.interactive)) return start_attached(runtime, call);
    if (call.sig_proxy.value_or(false)) throw Error{ErrorKind::Invalid, "--sig-proxy needs --attach"};
    return for_each_target(runtime, call.selection, startable, [](libpod::Container& container) { container.start(); });
}

}  // namespace

void define_start(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<StartCall>();
    call->docker = invocation.environment.called_as_docker;
    add_selection(command, call->selection);
    add_all(command, "--all", call->selection, "Start all containers that do not run");
    add_filters(command, call->selection);
    add_flag(command, "-a,--attach", call->attach, "Attach to the container's output");
    add_string(command, "--detach-keys", call->detach_keys, "KEYS", "Keys that detach; empty switches them off");
    add_flag(command, "-i,--interactive", call->interactive, "Keep the input open; with --attach, attach to it");
    add_flag(command, "--sig-proxy", call->sig_proxy, "Forward signals to the container (default true when attached)");
    invocation.action = [call](libpod::Runtime& runtime) { return start(runtime, *call); };
}

}  // namespace skiff::cli
