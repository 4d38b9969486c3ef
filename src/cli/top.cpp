#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/format/tabwriter.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "cli/top_processes.h"
#include "libpod/container.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct TopCall {
    std::string first;  ///< CONTAINER; with --latest the first column
    std::vector<std::string> words;
    bool latest = false;
    bool list_descriptors = false;
};

std::vector<std::string> columns_of(std::vector<std::string> words) {
    std::vector<std::string> columns;
    for (const std::string& word : words) {
        if (word.starts_with('-')) {
            throw Error{ErrorKind::Unsupported, concat("options of ps(1) such as ", quote(word), " are not supported"),
                        concat("columns: ", join(process_columns(), ", "))};
        }
        for (const std::string& name : split(word, ',')) {
            if (!name.empty()) columns.push_back(lower(name) == name || name.starts_with('%') ? name : lower(name));
        }
    }
    if (columns.empty()) columns = {"user", "pid", "ppid", "pcpu", "etime", "tty", "time", "args"};
    return columns;
}

std::string line_of(const std::vector<std::string>& cells) { return join(cells, "\t") + "\n"; }

int top(libpod::Runtime& runtime, TopCall call) {
    if (call.list_descriptors) {
        for (const std::string& column : process_columns()) print_line(column);
        return 0;
    }
    if (call.latest && !call.first.empty()) call.words.insert(call.words.begin(), std::exchange(call.first, {}));
    const libpod::Container container = find_one(runtime, call.first, call.latest);
    const ProcessTable table = process_table(container, columns_of(call.words));
    std::string text = line_of(table.titles);
    for (const std::vector<std::string>& row : table.rows) text += line_of(row);
    print(align_columns(text));
    return 0;
}

}  // namespace

void define_top(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<TopCall>();
    add_latest(command, call->latest);
    add_flag(command, "--list-descriptors", call->list_descriptors, "Print the names of the columns and end");
    add_argument(command, "CONTAINER", call->first, /*required=*/false);
    add_arguments(command, "COLUMN", call->words);
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return top(runtime, *call); };
}

}  // namespace skiff::cli
