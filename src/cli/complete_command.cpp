#include "cli/complete_command.h"

#include <CLI/App.hpp>

#include <deque>

#include "cli/commands.h"
#include "cli/complete/complete.h"
#include "cli/completion_data.h"
#include "cli/invocation.h"
#include "cli/report.h"

namespace skiff::cli {

namespace {

class Index : public CommandIndex {
public:
    Index() {
        for (const Command& command : skiff::cli::commands()) add(command.path, {}, command);
        for (const Alias& alias : aliases()) {
            if (const Command* command = find_command(alias.canonical)) add(alias.path, command->path, *command);
        }
    }

    const std::vector<Entry>& commands() override { return entries_; }

    void define(std::string_view path, CLI::App& app) override {
        Invocation& described = described_.emplace_back();  // options stay bound to it
        if (path.empty()) return define_globals(app, described);
        const Command* command = find_command(path);
        if (command != nullptr && command->define != nullptr) command->define(app, described);
    }

private:
    void add(std::string_view path, std::string_view canonical, const Command& command) {
        entries_.push_back({.path = std::string{path},
                            .canonical = std::string{canonical},
                            .summary = std::string{command.summary},
                            .hidden = command.subject == Subject::Hidden,
                            .interspersed = command.interspersed});
    }

    std::vector<Entry> entries_;
    std::deque<Invocation> described_;
};

}  // namespace

int complete_words(const std::vector<std::string>& words) {
    try {
        Index index;
        const std::string root = global_value(words, index, "root");
        const auto data = completion_data(root.empty() ? "/var/lib/skiff" : root);
        print(completion_output(complete(words, index, *data)));
    } catch (const std::exception&) {
        return 0;  // no candidates
    }
    return 0;
}

}  // namespace skiff::cli
