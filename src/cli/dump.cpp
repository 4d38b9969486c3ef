/// The hidden `__dump [COMMAND]`: what the parser accepts, as JSON, for the check of manual pages and completions.

#include <CLI/App.hpp>

#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/define.h"
#include "cli/doc/describe.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

OrderedJson one(const Command& command) {
    CLI::App app;
    app.set_help_flag();
    Invocation described;
    if (command.define != nullptr) command.define(app, described);
    OrderedJson json = describe(app);
    json["name"] = command.path;
    json["group"] = command.define == nullptr;
    json["hidden"] = command.subject == Subject::Hidden;
    OrderedJson paths = OrderedJson::array();
    for (const Alias& alias : aliases()) {
        if (alias.canonical == command.path) paths.push_back(alias.path);
    }
    json["aliases"] = std::move(paths);
    return json;
}

OrderedJson globals() {
    CLI::App app;
    app.set_help_flag();
    Invocation described;
    define_globals(app, described);
    OrderedJson json = describe(app);
    json["name"] = "";
    return json;
}

// Without words: the global options and every command. "" is the global options alone.
OrderedJson dumped(const std::vector<std::string>& words) {
    if (!words.empty()) {
        const std::string path = join(words, " ");
        if (path.empty()) return globals();
        const Command* command = find_command(path);
        if (command == nullptr) throw Error{ErrorKind::NotFound, concat("no command ", quote(path))};
        return one(*command);
    }
    OrderedJson all = OrderedJson::array();
    all.push_back(globals());
    for (const Command& command : commands()) all.push_back(one(command));
    return all;
}

}  // namespace

void define_dump(CLI::App& command, Invocation& invocation) {
    auto words = std::make_shared<std::vector<std::string>>();
    add_arguments(command, "COMMAND", *words);
    invocation.needs = Needs::NoDatabase;
    invocation.local_action = [words] {
        print_line(dump(dumped(*words), /*indent=*/2));
        return 0;
    };
}

}  // namespace skiff::cli
