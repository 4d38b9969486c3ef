#pragma once
/// One call of skiff: what was asked for, filled while the command line is read, acted on once.

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace skiff::libpod {
class Runtime;
}

namespace skiff::cli {

/// What a command needs opened before its action runs.
enum class Needs {
    ReadWrite,   ///< the engine, for change
    ReadOnly,    ///< the engine; works on a read-only root
    NoDatabase,  ///< nothing: `local_action` runs
};

/// The caller's environment, read once in main.
struct Environment {
    std::vector<std::string> variables;  ///< "NAME=value"
    std::string current_directory;
    bool called_as_docker = false;       ///< the program's name is docker: its words and defaults (docker_words.h)

    std::optional<std::string> get(const std::string& name) const;
};

/// Options in front of the command (or after it, where the command has none of that name).
struct GlobalOptions {
    std::string root, runroot;               ///< empty: the default
    std::string runtime;
    std::vector<std::string> runtime_flags;
    std::string cgroup_manager;
    std::string log_level;
    std::string tmpdir;
    std::string config;                      ///< directory with the client's config.json
    std::string storage_driver;
    std::string events_backend;
    std::vector<std::string> hooks_dirs;
    std::vector<std::string> cdi_spec_dirs;
    std::string out;                         ///< file that gets standard output
    bool version = false;
};

/// `define_*` functions fill `needs` and one of the actions. An action's return value is the exit status.
struct Invocation {
    std::string command;                    ///< canonical path: "run", "container prune"
    std::vector<std::string> command_line;  ///< all words as typed, the program first
    GlobalOptions globals;
    Environment environment;

    Needs needs = Needs::ReadWrite;
    std::function<Needs()> needs_after_parsing;  ///< where the words decide; replaces `needs`
    std::function<int(libpod::Runtime&)> action;
    std::function<int()> local_action;  ///< with NoDatabase
};

}  // namespace skiff::cli
