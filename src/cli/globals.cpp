/// The options in front of the command: with effect, or refused with a reason.

#include "cli/commands.h"
#include "cli/invocation.h"
#include "cli/options.h"

namespace skiff::cli {

namespace {

constexpr const char* kLocalOnly = "skiff works on this machine only";

constexpr Refused kRefusedGlobals[] = {
    {"--conmon", Takes::Value, "the monitor is part of skiff"},
    {"-c,--connection", Takes::Value, kLocalOnly},
    {"--identity", Takes::Value, kLocalOnly},
    {"--imagestore", Takes::Value, "images and containers share one root"},
    {"--module", Takes::Value, "containers.conf modules are not implemented"},
    {"--network-config-dir", Takes::Value, "networks are kept in the state database"},
    {"-r,--remote", Takes::Nothing, kLocalOnly},
    {"--ssh", Takes::Value, kLocalOnly},
    {"--storage-opt", Takes::Value, "the overlay driver has no options to set"},
    {"--syslog", Takes::Nothing, "diagnostics go to standard error"},
    {"--tls-ca", Takes::Value, kLocalOnly},
    {"--tls-cert", Takes::Value, kLocalOnly},
    {"--tls-details", Takes::Value, "TLS settings come from the system"},
    {"--tls-key", Takes::Value, kLocalOnly},
    {"--transient-store", Takes::Nothing, "state is always kept until the next boot"},
    {"--url", Takes::Value, kLocalOnly},
    {"--volumepath", Takes::Value, "volumes are kept below the root"},
};

}  // namespace

void define_globals(CLI::App& app, Invocation& invocation) {
    GlobalOptions& globals = invocation.globals;
    add_list_csv(app, "--cdi-spec-dir", globals.cdi_spec_dirs, "DIR", "Directory of CDI specifications, in place of the configured ones");
    add_string(app, "--cgroup-manager", globals.cgroup_manager, "MANAGER", "How cgroups are made: cgroupfs or systemd");
    add_string(app, "--config", globals.config, "DIR", "Directory of the client's config.json (DOCKER_CONFIG)");
    add_string(app, "--events-backend", globals.events_backend, "TYPE", "Where events are mirrored to: file, journald or none");
    add_list(app, "--hooks-dir", globals.hooks_dirs, "DIR", "Directory of OCI hooks, in place of the configured ones");
    add_string(app, "--log-level", globals.log_level, "LEVEL",
               "Least diagnostics shown: trace, debug, info, warn, error, fatal, panic (default warn)");
    add_string(app, "--out", globals.out, "FILE", "Send standard output to a file");
    add_string(app, "--root", globals.root, "DIR", "Where images, containers and state are kept (default /var/lib/skiff)");
    add_string(app, "--runroot", globals.runroot, "DIR", "Where running containers are kept (default /run/skiff)");
    add_string(app, "--runtime", globals.runtime, "NAME", "OCI runtime: a name or a path");
    add_list(app, "--runtime-flag", globals.runtime_flags, "FLAG", "Global flag of the OCI runtime, without dashes");
    add_string(app, "--storage-driver", globals.storage_driver, "DRIVER", "Storage driver: overlay");
    add_string(app, "--tmpdir", globals.tmpdir, "DIR", "Where running containers are kept when --runroot is not given");
    add_flag(app, "-v,--version", globals.version, "Show the version");
    add_refused(app, kRefusedGlobals);
}

}  // namespace skiff::cli
