#pragma once
/// Every command in one sorted table. Nothing registers itself: only the command that was named is defined
/// (registering all of them would cost milliseconds). To add one: a file src/cli/<command>.cpp with its define_*
/// function, the declaration below, a row in commands.cpp.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace skiff::cli {

struct Invocation;

using Define = void (*)(CLI::App& command, Invocation& invocation);

/// Under which heading the overview lists a command.
enum class Subject { Containers, Images, Volumes, Inspecting, Moving, Networks, System, Hidden };

struct Command {
    std::string_view path;     ///< "run", "container prune"
    Subject subject;
    Define define;             ///< null: a group, commands follow it
    std::string_view summary;
    bool interspersed = true;  ///< false: what follows the first argument belongs to the container
};

/// A second path of a command: "container ls" is "ps".
struct Alias {
    std::string_view path;
    std::string_view canonical;
};

std::span<const Command> commands();
std::span<const Alias> aliases();

/// By path or alias; null when there is none.
const Command* find_command(std::string_view path);

/// The command that `words` begin with, and how many words name it. Throws Error{Invalid} with the nearest name as
/// hint, and for a group without command.
struct NamedCommand {
    const Command* command = nullptr;
    std::size_t words = 0;
};
NamedCommand name_command(const std::vector<std::string>& words);

/// Global options, in front of the command or after it.
void define_globals(CLI::App& app, Invocation& invocation);

}  // namespace skiff::cli
