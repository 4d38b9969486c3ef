#include <sys/prctl.h>

#include <filesystem>
#include <optional>

#include "oci/native/cli_command.h"
#include "oci/native/cli_notify.h"
#include "oci/native/cli_run.h"
#include "oci/native/factory.h"
#include "oci/native/spec_parse.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

std::vector<OptionSpec> create_options() {
    return {
        {"bundle", 'b', true, "directory of the bundle (default: the current one)"},
        {"config", 'f', true, "another file than the bundle's config.json"},
        {"console-socket", '\0', true, "UNIX socket that gets the terminal"},
        {"no-new-keyring", '\0', false, "keep the caller's session keyring"},
        {"no-pivot", '\0', false, "change the root with chroot (root on a ramdisk)"},
        {"no-subreaper", '\0', false, "do not collect orphans of the container (create never does)"},
        {"pid-file", '\0', true, "file that gets init's pid"},
        {"preserve-fds", '\0', true, "pass that many descriptors from 3 on"},
    };
}

std::vector<OptionSpec> run_options() {
    std::vector<OptionSpec> table = create_options();
    table.push_back({"detach", 'd', false, "leave once the container runs"});
    table.push_back({"keep", '\0', false, "do not delete the container at its end"});
    return table;
}

/// Absolute, without "." and a slash at the end: callers compare it with what they gave.
fs::path clean_path(const fs::path& path) {
    const fs::path clean = fs::absolute(path).lexically_normal();
    return clean.has_filename() ? clean : clean.parent_path();
}

struct Bundle {
    CreateOptions options;
    std::string config;
    Spec spec;
};

Bundle read_bundle(const Globals& globals, const Options& options) {
    Bundle bundle;
    bundle.options.bundle = clean_path(options.get("bundle", "."));
    const fs::path config = options.has("config") ? fs::path{options.get("config")} : bundle.options.bundle / "config.json";
    bundle.config = read_file(config);
    bundle.spec = parse_spec(bundle.config);
    check_console_socket(options, bundle.spec.process);
    tell_activation(bundle.spec.process);
    bundle.options.console_socket = options.get("console-socket");
    bundle.options.preserve_fds = preserve_fds(options);
    bundle.options.systemd_cgroup = globals.systemd;
    bundle.options.no_pivot = options.has("no-pivot");
    bundle.options.no_new_keyring = options.has("no-new-keyring");
    if (!service_manager_socket().empty()) {
        bundle.options.shared_directory = add_notify_socket(bundle.spec, fs::path{globals.root} / only_operand(options));
    }
    return bundle;
}

}  // namespace

namespace command {

int create(const Globals& globals, const Words& words) {
    const Options options{create_options(), words, true};
    const Bundle bundle = read_bundle(globals, options);
    Factory factory{globals.root};
    const std::string id = only_operand(options);
    const Container container = factory.create(id, bundle.spec, bundle.config, bundle.options);
    try {
        write_pid_file(options, container.record().init.pid);
    } catch (const Error&) {
        factory.remove(id, /*force=*/true);
        throw;
    }
    return 0;
}

int run(const Globals& globals, const Words& words) {
    const Options options{run_options(), words, true};
    Bundle bundle = read_bundle(globals, options);
    const std::string id = only_operand(options);
    const bool detached = options.has("detach");
    const OwnConsole console{globals.root, bundle.spec.process.terminal && !detached && bundle.options.console_socket.empty()};
    if (console.listener) bundle.options.console_socket = console.path;
    if (!detached && !options.has("no-subreaper")) ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    Factory factory{globals.root};
    Container container = factory.create(id, bundle.spec, bundle.config, bundle.options);
    std::optional<NotifyRelay> relay;
    try {
        write_pid_file(options, container.record().init.pid);
        relay.emplace(fs::path{globals.root} / id);
        container.start();
    } catch (const Error&) {
        factory.remove(id, /*force=*/true);
        throw;
    }
    if (detached) {
        if (*relay) relay->until_ready(container.record().init);
        return 0;
    }
    const int status = attend(container.record().init.pid, console.listener.get(), *relay ? &*relay : nullptr);
    if (!options.has("keep")) factory.remove(id, /*force=*/true);
    return status;
}

}  // namespace command

}  // namespace skiff::oci::native
