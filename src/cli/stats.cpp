#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "cli/stats_row.h"
#include "libpod/container.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct StatsCall {
    std::vector<std::string> names;
    std::string format;
    std::optional<std::int64_t> interval;
    bool all = false, latest = false, no_reset = false, no_stream = false, no_trunc = false;
};

bool runs(const libpod::ContainerRow& row) {
    const auto state = row.state.state;
    return state == libpod::State::Running || state == libpod::State::Paused || state == libpod::State::Stopping;
}

class Statistics {
public:
    Statistics(libpod::Runtime& runtime, const StatsCall& call) : runtime_{runtime}, call_{call} {
        for (const auto& container : find_wanted()) wanted_.push_back(container.id());
    }

    /// False when none of the containers that were named is left.
    bool print_once() {
        const auto rows = chosen_rows();
        if (rows.empty() && !wanted_.empty() && shown_before_) return false;
        StatsListing stats{.samples = {}, .in_full = call_.no_trunc};
        std::map<std::string, libpod::Usage> usages;
        for (const auto& row : rows) stats.samples.push_back(sample_of(row, usages));
        if (shown_before_ && !call_.no_reset && ::isatty(STDOUT_FILENO) != 0) print("\033[H\033[2J");
        print_listing(stats_listing(stats), {.format = call_.format, .no_heading = false, .json_indent = 1});
        before_ = std::move(usages);
        shown_before_ = true;
        return true;
    }

private:
    std::vector<libpod::Container> find_wanted() const {
        if (call_.names.empty() && !call_.latest) return {};
        if (call_.all) throw Error{ErrorKind::Invalid, "--all and names of containers exclude each other"};
        return find_all(runtime_, call_.names, call_.latest);
    }

    std::vector<libpod::ContainerRow> chosen_rows() const {
        auto rows = runtime_.list();
        std::erase_if(rows, [&](const libpod::ContainerRow& row) {
            if (!wanted_.empty()) return std::find(wanted_.begin(), wanted_.end(), row.id) == wanted_.end();
            return !call_.all && !runs(row);
        });
        return rows;
    }

    StatsSample sample_of(const libpod::ContainerRow& row, std::map<std::string, libpod::Usage>& usages) const {
        StatsSample sample{.row = &row, .now = {}, .before = {}};
        if (!runs(row) || row.state.init.pid <= 0) return sample;
        try {
            sample.now = usages[row.id] = reader_.read(row.state.init.pid);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::NotFound) throw;
            usages.erase(row.id);
            return sample;  // ended since the list was made
        }
        const auto before = before_.find(row.id);
        if (before != before_.end()) sample.before = before->second;
        return sample;
    }

    libpod::Runtime& runtime_;
    const StatsCall& call_;
    libpod::UsageReader reader_;
    std::vector<std::string> wanted_;
    std::map<std::string, libpod::Usage> before_;
    bool shown_before_ = false;
};

int stats(libpod::Runtime& runtime, const StatsCall& call) {
    const auto interval = std::chrono::seconds{call.interval.value_or(5)};
    if (interval.count() < 1) throw Error{ErrorKind::Invalid, "--interval: at least 1 second"};
    Statistics statistics{runtime, call};
    while (statistics.print_once() && !call.no_stream) std::this_thread::sleep_for(interval);
    return 0;
}

}  // namespace

void define_stats(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<StatsCall>();
    add_arguments(command, "CONTAINER", call->names);
    add_flag(command, "-a,--all", call->all, "Show all containers, not only those that run");
    add_string(command, "--format", call->format, "FORMAT", "json, a Go template, or table TEMPLATE");
    add_int(command, "-i,--interval", call->interval, "SECONDS", "Time between two looks (default 5)");
    add_latest(command, call->latest);
    add_flag(command, "--no-reset", call->no_reset, "Do not clear the terminal in between");
    add_flag(command, "--no-stream", call->no_stream, "Show once, and end");
    add_flag(command, "--no-trunc", call->no_trunc, "Whole IDs");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return stats(runtime, *call); };
}

}  // namespace skiff::cli
