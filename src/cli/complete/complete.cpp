#include "cli/complete/complete.h"

// All of CLI11: App.hpp alone leaves classes undefined that App's constructor needs.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>

#include "cli/complete/values.h"
#include "cli/complete/word.h"
#include "util/text.h"

namespace skiff::cli {
namespace completion {
namespace {

using Words = std::vector<std::string>;
using Entry = CommandIndex::Entry;

Options options_of(CommandIndex& commands, std::string_view path) {
    CLI::App app;
    app.set_help_flag();
    commands.define(path, app);
    Options options = describe_options(app);
    std::erase_if(options, [](const OptionDescription& option) { return option.hidden; });
    return options;
}

/// How many words the global options in front of the command take. All of them: the command is not typed yet.
std::size_t leading_globals(const Words& words, const Options& globals) {
    std::size_t at = 0;
    while (at < words.size() && words[at].starts_with('-')) {
        // The word behind an option that waits for a value is its value.
        const Words upto(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at) + 1);
        Words next = upto;
        next.emplace_back();
        const bool takes_next = find_place(next, globals, /*interspersed=*/false).kind == Place::Kind::OptionValue;
        at += takes_next ? 2 : 1;
    }
    return std::min(at, words.size());
}

const Entry* find_entry(CommandIndex& commands, std::string_view path) {
    const auto& entries = commands.commands();
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.path == path; });
    return found == entries.end() ? nullptr : &*found;
}

bool is_group(CommandIndex& commands, std::string_view path) {
    const auto& entries = commands.commands();
    return std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.path.starts_with(concat(path, " ")); });
}

struct Named {
    const Entry* command = nullptr;  ///< null: still to be typed
    std::string group;               ///< as far as it is typed, "container"
    std::size_t words = 0;
};

/// The command that `words` from `at` on name; the last word is not looked at: it is still being typed.
Named find_command(CommandIndex& commands, const Words& words, std::size_t at) {
    Named named;
    for (std::size_t i = at; i + 1 < words.size(); ++i) {
        const std::string path = named.group.empty() ? words[i] : concat(named.group, " ", words[i]);
        const Entry* entry = find_entry(commands, path);
        if (entry == nullptr) return named;
        named.words = i + 1 - at;
        if (!is_group(commands, path)) {
            named.command = entry;
            return named;
        }
        named.group = path;
    }
    return named;
}

/// The names that may follow `group` (empty: the commands).
Completion command_names(CommandIndex& commands, std::string_view group, std::string_view text) {
    std::map<std::string, std::string> names;
    for (const Entry& entry : commands.commands()) {
        std::string_view path = entry.path;
        if (entry.hidden) continue;
        if (!group.empty()) {
            if (!path.starts_with(concat(group, " "))) continue;
            path.remove_prefix(group.size() + 1);
        }
        if (path.find(' ') == std::string_view::npos) names[std::string{path}] = entry.summary;
    }
    std::vector<Candidate> candidates;
    for (const auto& [name, summary] : names) candidates.push_back({name, summary});
    Completion completion;
    add_matching(completion, candidates, text);
    return completion;
}

/// `-` gives long names and letters, `--` long names, `-i` further letters of a group: `-it`.
Completion option_names(const Options& options, const std::string& text) {
    std::vector<Candidate> candidates;
    const bool letters = text.size() >= 2 && text[1] != '-';
    for (const OptionDescription& option : options) {
        for (const auto& letter : option.short_names) {
            if (text == "-") candidates.push_back({concat("-", letter), option.text});
            if (letters && text.find(letter, 1) == std::string::npos) candidates.push_back({concat(text, letter), option.text});
        }
        if (!option.long_names.empty() && !letters) candidates.push_back({concat("--", option.long_names.front()), option.text});
    }
    if (letters) candidates.insert(candidates.begin(), {text, {}});
    if (!letters) candidates.push_back({"--help", "Explain the command"});
    Completion completion;
    add_matching(completion, candidates, text);
    return completion;
}

/// A group of known letters that all are flags can grow: `-i` to `-it`.
bool is_flag_group(const Options& options, const std::string& text) {
    return std::all_of(text.begin() + 1, text.end(), [&](char letter) {
        const OptionDescription* option = find_short(options, letter);
        return option != nullptr && !option->takes_value;
    });
}

/// The name under which the tables know a command.
std::string_view known_as(const Entry& entry) { return entry.canonical.empty() ? entry.path : entry.canonical; }

Completion option_values(std::string_view command, const Place& place, CompletionData& data) {
    if (place.option == nullptr) return {};
    const auto& names = place.option->long_names;
    const Kind kind = place.option->takes_value ? option_kind(command, names.empty() ? place.option->short_names.front() : names.front()) : Kind::Boolean;
    Completion completion = values(kind, place.text, data);
    for (Candidate& candidate : completion.candidates) candidate.word.insert(0, place.prefix);
    return completion;
}

bool names_already(const Words& arguments, const Candidate& candidate) {
    return std::find(arguments.begin(), arguments.end(), candidate.word) != arguments.end();
}

Completion arguments(const Entry& command, const Words& words, const Place& place, CompletionData& data) {
    const bool directory = place.arguments.empty() && std::find(words.begin(), words.end() - 1, "--rootfs") != words.end() - 1;
    const Kind kind = directory ? Kind::Directory : argument_kind(known_as(command), place.arguments.size());
    Completion completion = values(kind, place.text, data);
    std::erase_if(completion.candidates, [&](const Candidate& candidate) { return names_already(place.arguments, candidate); });
    return completion;
}

Completion at_place(const Entry* command, const Words& words, const Options& options, CompletionData& data) {
    const Place place = find_place(words, options, command == nullptr || command->interspersed);
    switch (place.kind) {
        case Place::Kind::OptionName:
            if (place.text.size() >= 2 && place.text[1] != '-' && !is_flag_group(options, place.text)) return {};
            return option_names(options, place.text);
        case Place::Kind::OptionValue: return option_values(command == nullptr ? "" : known_as(*command), place, data);
        case Place::Kind::Argument: return command == nullptr ? Completion{} : arguments(*command, words, place, data);
    }
    return {};
}

/// Global options are understood behind the command as well, but offered in front of it only.
bool is_global_value(const Words& words, const Options& own, const Options& globals, Place& place) {
    place = find_place(words, globals, /*interspersed=*/true);
    if (place.kind != Place::Kind::OptionValue || place.option == nullptr) return false;
    return find_place(words, own, /*interspersed=*/true).kind != Place::Kind::OptionValue;
}

Completion run(const Words& words, CommandIndex& commands, CompletionData& data) {
    const Options globals = options_of(commands, "");
    const Words typed(words.begin(), words.end() - 1);
    const std::size_t leading = leading_globals(typed, globals);
    if (leading == typed.size()) {
        const Place place = find_place(words, globals, /*interspersed=*/true);
        if (place.kind != Place::Kind::Argument) return at_place(nullptr, words, globals, data);
    }
    const Named named = find_command(commands, words, leading);
    const Words rest(words.begin() + static_cast<std::ptrdiff_t>(leading + named.words), words.end());
    if (named.command == nullptr) return rest.size() == 1 ? command_names(commands, named.group, rest.back()) : Completion{};
    if (known_as(*named.command) == "help") return rest.size() == 1 ? command_names(commands, "", rest.back()) : Completion{};
    const Options own = options_of(commands, known_as(*named.command));
    Place place;
    if (is_global_value(rest, own, globals, place)) return option_values("", place, data);
    return at_place(named.command, rest, own, data);
}

const char* directive_name(Directive directive) {
    switch (directive) {
        case Directive::None: return ":none\n";
        case Directive::NoSpace: return ":nospace\n";
        case Directive::Files: return ":files\n";
        case Directive::Directories: return ":dirs\n";
    }
    return ":none\n";
}

/// A name or description is one line and has no tab, whatever a label or an image says.
std::string one_line(std::string text) {
    std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    return text;
}

}  // namespace
}  // namespace completion

Completion complete(const std::vector<std::string>& words, CommandIndex& commands, CompletionData& data) {
    if (words.empty()) return {};
    try {
        return completion::run(words, commands, data);
    } catch (const std::exception&) {
        return {};  // a shell's prompt is no place for an error
    }
}

std::string global_value(const std::vector<std::string>& words, CommandIndex& commands, std::string_view name) {
    const completion::Options globals = completion::options_of(commands, "");
    std::string value;
    for (std::size_t i = 1; i < words.size(); ++i) {
        // Up to and with word i: is that the option's value?
        const std::vector<std::string> upto(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(i));
        const completion::Place place = completion::find_place(upto, globals, /*interspersed=*/true);
        const bool inside = place.kind == completion::Place::Kind::OptionValue && place.option != nullptr;
        if (inside && place.option->long_names.front() == name) value = place.text;
    }
    return value;
}

std::string completion_output(const Completion& completion) {
    std::string out;
    for (const Candidate& candidate : completion.candidates) {
        out += completion::one_line(candidate.word);
        if (!candidate.description.empty()) out += '\t' + completion::one_line(candidate.description);
        out += '\n';
    }
    return out + completion::directive_name(completion.directive);
}

}  // namespace skiff::cli
