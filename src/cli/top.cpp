#include <unistd.h>

#include <algorithm>
#include <iterator>
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
#include "util/fd.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct TopCall {
    std::string first;  ///< CONTAINER; with --latest the first column
    std::vector<std::string> words;
    bool latest = false;
    bool list_descriptors = false;
};

std::vector<std::string> columns_of(const std::vector<std::string>& words) {
    std::vector<std::string> columns;
    for (const std::string& word : words) {
        for (const std::string& name : split(word, ',')) {
            if (!name.empty()) columns.push_back(lower(name) == name || name.starts_with('%') ? name : lower(name));
        }
    }
    if (columns.empty()) columns = {"user", "pid", "ppid", "pcpu", "etime", "tty", "time", "args"};
    return columns;
}

/// Options of ps(1): "-ef", "-o pid,cmd", and BSD's without a dash, as docker's users write them ("aux").
bool is_for_ps(const std::vector<std::string>& words) {
    const auto known = process_columns();
    return std::ranges::any_of(words, [&](const std::string& word) {
        const bool bsd = !word.empty() && word.find_first_not_of("aefhjlruvwxX") == std::string::npos;
        return word.starts_with('-') || (bsd && std::ranges::find(known, word) == known.end());
    });
}

std::vector<std::string> columns_or_options(const TopCall& call) {
    std::vector<std::string> words = call.words;
    if (call.latest && !call.first.empty()) words.insert(words.begin(), call.first);
    return words;
}

std::string line_of(const std::vector<std::string>& cells) { return join(cells, "\t") + "\n"; }

void print_columns(const libpod::Container& container, const std::vector<std::string>& words) {
    const ProcessTable table = process_table(container, columns_of(words));
    std::string text = line_of(table.titles);
    for (const std::vector<std::string>& row : table.rows) text += line_of(row);
    print(align_columns(text));
}

constexpr std::size_t kLongestOutput = 64U << 20;

std::string written_to(const UniqueFd& file) {
    ::lseek(file.get(), 0, SEEK_SET);
    return read_all(file.get(), kLongestOutput, "the output of ps(1)");
}

/// ps(1) of the image, in the container; the line of ps itself is left out. Source: podman-top(1).
void print_ps(libpod::Container& container, const std::vector<std::string>& words) {
    libpod::ExecOptions options;
    options.command = {"ps"};
    // "-o pid,cmd" may come as one word.
    for (const std::string& word : words) {
        std::ranges::copy_if(split(word, ' '), std::back_inserter(options.command), [](const std::string& part) { return !part.empty(); });
    }
    const UniqueFd out = make_memfd("ps", "", /*sealed=*/false), err = make_memfd("ps", "", /*sealed=*/false);
    libpod::AttachStreams streams;
    streams.out = out.get();
    streams.err = err.get();
    streams.sig_proxy = false;
    const auto outcome = container.exec(options, streams);
    if (outcome.exit_code != 0) {
        throw Error{ErrorKind::Invalid, concat("ps(1) in container ", quote(container.name()), " failed with exit status ", outcome.exit_code, ": ", trim(written_to(err))),
                    concat("without ps(1) there are the columns ", join(process_columns(), ", "))};
    }
    const std::string own = join(options.command, " ");
    for (const std::string& line : split(trim(written_to(out)), '\n')) {
        if (line.find(own) == std::string::npos) print_line(line);
    }
}

int top(libpod::Runtime& runtime, const TopCall& call) {
    if (call.list_descriptors) {
        for (const std::string& column : process_columns()) print_line(column);
        return 0;
    }
    const auto words = columns_or_options(call);
    libpod::Container container = find_one(runtime, call.latest ? std::string{} : call.first, call.latest);
    if (is_for_ps(words)) print_ps(container, words);
    else print_columns(container, words);
    return 0;
}

}  // namespace

void define_top(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<TopCall>();
    add_latest(command, call->latest);
    add_flag(command, "--list-descriptors", call->list_descriptors, "Print the names of the columns and end");
    add_argument(command, "CONTAINER", call->first, /*required=*/false);
    add_arguments(command, "COLUMN", call->words);
    // An exec session of ps(1) is recorded.
    invocation.needs_after_parsing = [call] { return is_for_ps(columns_or_options(*call)) ? Needs::ReadWrite : Needs::ReadOnly; };
    invocation.action = [call](libpod::Runtime& runtime) { return top(runtime, *call); };
}

}  // namespace skiff::cli
