#pragma once
/// What --help prints.

#include <string>

namespace CLI {
class App;
}

namespace skiff::cli {

struct Command;

/// `skiff --help`: every command by subject, and the global options.
std::string overview(const CLI::App& globals);
/// `skiff container --help`: the commands of a group.
std::string group_help(const Command& group);
/// `skiff run --help`.
std::string command_help(const Command& command, const CLI::App& app);

}  // namespace skiff::cli
