#include <memory>
#include <optional>
#include <string>

#include "cli/create_flags.h"
#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/streams.h"
#include "image/image_store.h"
#include "libpod/container.h"
#include "libpod/container_config.h"
#include "libpod/preserved_fds.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/signals.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct RunCall {
    CreateCall create;
    bool detach = false;
    bool sig_proxy = true;
    std::optional<std::string> detach_keys;
};

int run_detached(libpod::Container& container) {
    container.start();
    print_line(container.id());
    return 0;
}

// --rmi. An image that something else uses stays.
void remove_image(libpod::Runtime& runtime, const std::string& id) {
    if (id.empty()) return;
    try {
        runtime.images().remove(id, {.force = true, .prune_parents = true});
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::InUse && error.kind() != ErrorKind::NotFound) throw;
        print_warning(concat("--rmi: ", error.what(), ", ignoring"));
    }
}

int run_attached(libpod::Runtime& runtime, libpod::Container& container, const RunCall& call, StreamChoice choice) {
    const bool terminal = call.create.flags.tty;
    warn_without_terminal(terminal, call.create.flags.interactive);
    // Signals of a terminal reach the container as characters.
    const bool sig_proxy = call.sig_proxy && !terminal;
    const std::string image_id = container.config().image_id;
    if (!choice.out && !choice.err) print_line(container.id());  // else nothing would tell who takes the input
    const auto outcome = container.start_attached(attach_streams(runtime, choice, call.detach_keys, sig_proxy));
    if (call.create.flags.rmi && !outcome.detached) remove_image(runtime, image_id);
    return outcome.exit_code;
}

constexpr int kStartFailed = 126;  // of a container that exists already, whatever was in the way

// A container whose program cannot be started leaves nothing behind when it was to be removed anyway.
void clean_up_failed_start(libpod::Container& container, const RunCall& call) {
    if (!call.create.flags.rm && !call.create.flags.rmi) return;
    try {
        container.remove({.force = true, .volumes = true, .stop_timeout = std::nullopt});
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::NotFound) throw;
    }
}

int run(libpod::Runtime& runtime, RunCall& call, const Invocation& invocation) {
    if (call.detach && call.create.flags.rmi) {
        throw Error{ErrorKind::Unsupported, "--rmi is not supported by this version together with --detach",
                    "skiff rmi removes the image afterwards"};
    }
    if (call.create.dry_run) {
        print_plan(runtime, call.create, invocation);
        return 0;
    }
    libpod::require_preserved_fds(call.create.flags.preserve_fds);
    const StreamChoice choice = choose_streams(call.create.attach, call.create.flags.interactive);
    if (call.create.flags.rmi) call.create.flags.rm = true;
    call.create.runs_at_once = true;
    // From here a signal waits until the container can be given it: killed in between, --rm would not hold.
    std::optional<SignalGuard> guard;
    libpod::Container container = create_container(runtime, call.create, invocation, [&] { guard.emplace(); });
    try {
        return call.detach ? run_detached(container) : run_attached(runtime, container, call, choice);
    } catch (const Error& error) {
        clean_up_failed_start(container, call);
        return report_failure(error, kStartFailed);
    }
}

}  // namespace

void define_run(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<RunCall>();
    add_create_options(command, call->create);
    add_flag(command, "-d,--detach", call->detach, "Run in the background and print the container's ID");
    add_string(command, "--detach-keys", call->detach_keys, "KEYS", "Keys that detach; empty switches them off");
    add_refused(command, "--preserve-fd", Takes::Value, "descriptors are passed by number with --preserve-fds");
    add_flag(command, "--rmi", call->create.flags.rmi, "Remove the image too when the container has ended");
    add_flag(command, "--sig-proxy", call->sig_proxy, "Forward signals to the container (default true)");
    invocation.action = [call, &invocation](libpod::Runtime& runtime) { return run(runtime, *call, invocation); };
}

}  // namespace skiff::cli
