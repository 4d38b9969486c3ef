#include "cli/help.h"

#include <CLI/App.hpp>

#include <algorithm>

#include "cli/commands.h"
#include "cli/define.h"
#include "cli/doc/describe.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/parse.h"
#include "cli/report.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct Heading {
    Subject subject;
    std::string_view text;
};
constexpr Heading kHeadings[] = {
    {Subject::Containers, "Containers"},
    {Subject::Inspecting, "Looking"},
    {Subject::Images, "Images"},
    {Subject::Volumes, "Volumes and secrets"},
    {Subject::Moving, "Moving files and images"},
    {Subject::Networks, "Networks"},
    {Subject::System, "System"},
};

std::string padded(std::string_view name, std::size_t width) {
    std::string cell{name};
    if (cell.size() < width) cell.append(width - cell.size(), ' ');
    return cell;
}

std::string lines_of(const std::vector<std::pair<std::string, std::string>>& rows) {
    std::size_t width = 0;
    for (const auto& [name, text] : rows) width = std::max(width, name.size());
    std::string out;
    for (const auto& [name, text] : rows) out += concat("  ", padded(name, width), "  ", text, "\n");
    return out;
}

std::string commands_of(Subject subject) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const Command& command : commands()) {
        if (command.subject != subject || command.path.find(' ') != std::string_view::npos) continue;
        rows.emplace_back(command.path, command.summary);
    }
    return lines_of(rows);
}

std::string global_options(const CLI::App& globals) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const CLI::Option* option : globals.get_options()) {
        if (option->get_description().starts_with("Refused")) continue;
        const bool takes_value = option->get_items_expected_max() != 0;
        rows.emplace_back(concat(option->get_name(false, true), takes_value ? " " : "",
                                 takes_value ? option->get_type_name() : ""),
                          option->get_description());
    }
    return lines_of(rows);
}

}  // namespace

std::string overview(const CLI::App& globals) {
    std::string out = "skiff runs containers, without a daemon.\n\nUsage: skiff [OPTIONS] COMMAND\n";
    for (const Heading& heading : kHeadings) {
        const std::string rows = commands_of(heading.subject);
        if (!rows.empty()) out += concat("\n", heading.text, ":\n", rows);
    }
    out += concat("\nOptions:\n", global_options(globals));
    return out + "\nskiff COMMAND --help explains a command.\n";
}

std::string group_help(const Command& group) {
    std::vector<std::pair<std::string, std::string>> rows;
    const auto add = [&](std::string_view path, std::string_view summary) {
        const std::string prefix = concat(group.path, " ");
        if (path.starts_with(prefix)) rows.emplace_back(path.substr(prefix.size()), summary);
    };
    for (const Command& command : commands()) {
        if (command.subject != Subject::Hidden) add(command.path, command.summary);
    }
    for (const Alias& alias : aliases()) {
        if (const Command* command = find_command(alias.canonical)) add(alias.path, command->summary);
    }
    std::ranges::sort(rows);
    return concat(group.summary, "\n\nUsage: skiff ", group.path, " COMMAND\n\nCommands:\n", lines_of(rows));
}

std::string command_help(const Command& command, const CLI::App& app) {
    return help_text(app, command.path);
}

namespace {

std::string help_for(const std::vector<std::string>& words, Invocation& invocation) {
    CLI::App app;
    app.set_help_flag();
    if (words.empty()) {
        define_globals(app, invocation);
        return overview(app);
    }
    const Command& command = *name_command(words).command;
    if (command.define == nullptr) return group_help(command);
    command.define(app, invocation);
    return command_help(command, app);
}

}  // namespace

void define_help(CLI::App& command, Invocation& invocation) {
    auto words = std::make_shared<std::vector<std::string>>();
    add_arguments(command, "COMMAND", *words);
    invocation.needs = Needs::NoDatabase;
    invocation.local_action = [words, &invocation] {
        Invocation described;
        described.environment = invocation.environment;
        print(help_for(*words, described));
        return 0;
    };
}

}  // namespace skiff::cli
