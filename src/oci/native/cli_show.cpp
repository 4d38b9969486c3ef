#include <algorithm>

#include "oci/native/cli_options.h"
#include "oci/native/cli_run.h"
#include "oci/native/errors.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/process.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

using Row = std::vector<std::string>;

std::string aligned(const std::vector<Row>& rows) {
    std::vector<std::size_t> widths(rows.front().size());
    for (const Row& row : rows) {
        for (std::size_t at = 0; at < row.size(); ++at) widths[at] = std::max(widths[at], row[at].size());
    }
    std::string text;
    for (const Row& row : rows) {
        for (std::size_t at = 0; at + 1 < row.size(); ++at) text += concat(row[at], std::string(widths[at] - row[at].size() + 3, ' '));
        text += concat(row.back(), "\n");
    }
    return text;
}

/// What list shows of a container beside its state. This runtime runs as root only.
OrderedJson list_entry(Container container) {
    OrderedJson entry = OrderedJson::parse(container.state_json());
    entry["owner"] = "root";
    return entry;
}

Row row_of(const OrderedJson& entry) {
    return {entry.at("id"), std::to_string(entry.at("pid").get<pid_t>()), entry.at("status"), entry.at("bundle"), entry.at("created"), entry.at("owner")};
}

/// The heading and those lines of ps(1) whose PID column names one of `pids`.
std::string lines_of(const std::string& table, const std::vector<pid_t>& pids) {
    const std::vector<std::string> lines = split(table, '\n');
    const auto words_of = [](const std::string& line) {
        Row words = split(line, ' ');
        std::erase(words, "");
        return words;
    };
    const Row heading = words_of(lines.front());
    const auto column = std::find(heading.begin(), heading.end(), "PID");
    if (column == heading.end()) throw Error{ErrorKind::Invalid, "ps shows no column PID", "add pid to its format"};
    std::string text = concat(lines.front(), "\n");
    for (const std::string& line : lines) {
        const Row words = words_of(line);
        const auto at = static_cast<std::size_t>(column - heading.begin());
        const auto pid = at < words.size() ? parse_int(words[at]) : std::nullopt;
        if (pid && std::find(pids.begin(), pids.end(), *pid) != pids.end()) text += concat(line, "\n");
    }
    return text;
}

std::string run_host_ps(std::vector<std::string> words) {
    RunRequest request;
    words.insert(words.begin(), "ps");
    request.argv = std::move(words);
    const RunResult result = run_program(request);
    if (result.status.code != 0) throw Error{ErrorKind::Invalid, concat("ps: ", trim(result.err))};
    return result.out;
}

}  // namespace

bool wants_json(const Options& options) {
    const std::string format = options.get("format", "table");
    if (format != "json" && format != "table") throw Error{ErrorKind::Invalid, concat("unknown format ", quote(format)), "table or json"};
    return format == "json";
}

std::string list_text(const Factory& factory, bool json, bool quiet) {
    OrderedJson all = OrderedJson::array();
    std::vector<Row> rows = {{"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"}};
    std::string names;
    for (const std::string& id : factory.list()) {
        try {
            OrderedJson entry = list_entry(factory.load(id));
            names += concat(id, "\n");
            rows.push_back(row_of(entry));
            all.push_back(std::move(entry));
        } catch (const NotExists&) {
            // Removed meanwhile, or still being made.
        }
    }
    if (quiet) return names;
    return json ? dump(all) + "\n" : aligned(rows);
}

std::string processes_text(const std::vector<pid_t>& pids, bool json, std::vector<std::string> ps_words) {
    if (json) return dump(Json(pids)) + "\n";
    if (!ps_words.empty()) return lines_of(run_host_ps(std::move(ps_words)), pids);
    std::string text = "PID\n";
    for (const pid_t pid : pids) text += concat(pid, "\n");
    return text;
}

}  // namespace skiff::oci::native
