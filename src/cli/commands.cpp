#include "cli/commands.h"

#include <algorithm>
#include <array>

#include "cli/define.h"
#include "cli/parse.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

// Sorted by path (checked below).
constexpr std::array kCommands = {
    Command{"container", Subject::Containers, nullptr, "Manage containers"},
    Command{"help", Subject::System, define_help, "Explain a command"},
    Command{"system", Subject::System, nullptr, "Manage skiff itself"},
    Command{"version", Subject::System, define_version, "Show the version"},
};

// Sorted by path.
constexpr std::array<Alias, 0> kAliases = {
};

static_assert(std::ranges::is_sorted(kCommands, {}, &Command::path));
static_assert(std::ranges::is_sorted(kAliases, {}, &Alias::path));

bool is_group(const Command& command) { return command.define == nullptr; }

// The names that can follow `group` (empty: the top level).
std::vector<std::string> names_below(std::string_view group) {
    std::vector<std::string> names;
    const auto add = [&](std::string_view path) {
        if (!group.empty()) {
            if (!path.starts_with(group) || path.size() <= group.size() || path[group.size()] != ' ') return;
            path.remove_prefix(group.size() + 1);
        }
        if (path.find(' ') == std::string_view::npos) names.emplace_back(path);
    };
    for (const Command& command : kCommands) {
        if (command.subject != Subject::Hidden) add(command.path);
    }
    for (const Alias& alias : kAliases) add(alias.path);
    return names;
}

[[noreturn]] void refuse_unknown(std::string_view group, const std::string& word) {
    const std::string near = nearest(word, names_below(group));
    const std::string prefix = group.empty() ? "skiff " : concat("skiff ", group, " ");
    throw Error{ErrorKind::Invalid, concat("unknown command ", quote(concat(prefix, word))),
                near.empty() ? "see skiff --help" : concat("did you mean ", prefix, near, "?")};
}

}  // namespace

std::span<const Command> commands() { return kCommands; }
std::span<const Alias> aliases() { return kAliases; }

const Command* find_command(std::string_view path) {
    const auto alias = std::ranges::lower_bound(kAliases, path, {}, &Alias::path);
    if (alias != kAliases.end() && alias->path == path) path = alias->canonical;
    const auto found = std::ranges::lower_bound(kCommands, path, {}, &Command::path);
    return found != kCommands.end() && found->path == path ? &*found : nullptr;
}

NamedCommand name_command(const std::vector<std::string>& words) {
    std::string path;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        const std::string longer = path.empty() ? word : concat(path, " ", word);
        const Command* command = find_command(longer);
        if (command == nullptr) refuse_unknown(path, word);
        if (!is_group(*command)) return {command, i + 1};
        path = longer;
        // `container --help` explains the group.
        const bool last = i + 1 == words.size();
        if (last || words[i + 1] == "--help" || words[i + 1] == "-h") return {command, i + 1};
    }
    throw Error{ErrorKind::Invalid, "no command given", "see skiff --help"};
}

}  // namespace skiff::cli
