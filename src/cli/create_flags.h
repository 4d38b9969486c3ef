#pragma once
/// The options that `create` and `run` share.

#include <functional>
#include <string>
#include <vector>

#include "cli/registry_flags.h"
#include "libpod/parse/create_flags.h"

namespace CLI {
class App;
}
namespace skiff::libpod {
class Runtime;
class Container;
}  // namespace skiff::libpod

namespace skiff::cli {

struct Invocation;

/// What was said to `create` and `run`: the container's own options, and what the command does besides.
struct CreateCall {
    libpod::CreateFlags flags;
    std::vector<std::string> attach;  ///< stdin, stdout, stderr
    std::string pull;
    RegistryFlags registry;
    PlatformFlags platform;
    bool quiet = false;
    bool dry_run = false;             ///< print the configuration and make nothing
    bool runs_at_once = false;        ///< the command is run
};

/// Registers options and arguments; `call` must outlive the parsing.
void add_create_options(CLI::App& command, CreateCall& call);

/// Memory, processor and block I/O limits: what `container clone` has as well.
void add_limit_options(CLI::App& command, libpod::ResourceFlags& resources);

/// Parses, applies --pull and --replace, makes the container and writes --cidfile. Calls `about_to_create` (may be empty)
/// when the image is here and the first step that leaves a trace follows.
libpod::Container create_container(libpod::Runtime& runtime, CreateCall& call, const Invocation& invocation,
                                   const std::function<void()>& about_to_create = {});

/// --dry-run: prints what the container would be; its image must be here.
void print_plan(libpod::Runtime& runtime, CreateCall& call, const Invocation& invocation);

}  // namespace skiff::cli
