#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/event_filter.h"
#include "cli/format/listing.h"
#include "cli/format/template.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/events.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

constexpr std::int64_t kBatch = 1000;

struct EventsCall {
    std::vector<std::string> filters;
    std::string format, since, until;
    bool no_trunc = true, stream = true;
};

std::optional<UnixNanos> time_of(const char* option, const std::string& text, UnixNanos now, bool ahead) {
    if (text.empty()) return std::nullopt;
    const auto when = ahead ? parse_time_or_ahead(text, now) : parse_time_or_ago(text, now);
    if (!when) throw Error{ErrorKind::Invalid, concat(option, ": ", quote(text), " is not a time"), "a time, a date or a duration"};
    return when;
}

/// Which events, and how they are shown.
class Printer {
public:
    Printer(const EventsCall& call, std::optional<UnixNanos> since, std::optional<UnixNanos> until)
        : filter_{call.filters}, in_full_{call.no_trunc}, since_{since}, until_{until} {
        if (is_json_format(call.format)) as_json_ = true;
        else if (!call.format.empty()) template_ = Template::parse("events", call.format, {.unescape_text = true});
    }

    void add(const std::vector<state::EventRow>& rows) {
        for (const auto& row : rows) {
            if ((since_ && row.at < *since_) || (until_ && row.at > *until_)) continue;
            const libpod::Event event = libpod::parse_event(row);
            if (filter_.matches(event)) add(event);
        }
        if (!out_.empty()) print(std::exchange(out_, {}));
    }

private:
    void add(const libpod::Event& event) {
        if (as_json_) out_ += dump(libpod::event_json(event));
        else if (template_) template_->execute(libpod::event_fields(event), out_);
        else out_ += libpod::event_line(event, in_full_);
        out_ += '\n';
    }

    EventFilter filter_;
    bool in_full_;
    bool as_json_ = false;
    std::optional<Template> template_;
    std::optional<UnixNanos> since_, until_;
    std::string out_;
};

int events(const libpod::Runtime& runtime, const EventsCall& call) {
    const UnixNanos now = now_nanos();
    const auto since = time_of("--since", call.since, now, /*ahead=*/false);
    const auto until = time_of("--until", call.until, now, /*ahead=*/true);
    const bool stream = call.stream && (!until || *until > now);
    Printer printer{call, since, until};
    libpod::EventWatch watch{runtime};
    // Without a time, a stream begins now and a list at the beginning.
    std::int64_t last = stream && !since ? state::newest_event(runtime.db()) : 0;
    for (bool more = true; more;) {
        const auto rows = state::read_events(runtime.db(), last, kBatch);
        if (!rows.empty()) last = rows.back().seq;
        printer.add(rows);
        more = rows.size() == kBatch || (stream && watch.wait(until, STDOUT_FILENO));
    }
    return 0;
}

}  // namespace

void define_events(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<EventsCall>();
    add_list(command, "-f,--filter", call->filters, "KEY=VALUE", "Only events that match");
    add_string(command, "--format", call->format, "FORMAT", "json, or a Go template");
    add_flag(command, "--no-trunc", call->no_trunc, "Whole IDs (default true)");
    add_string(command, "--since", call->since, "TIME", "Only events since a time, or a duration ago");
    add_flag(command, "--stream", call->stream, "Go on with what happens from now on (default true)");
    add_string(command, "--until", call->until, "TIME", "Only events until a time, or for a duration from now");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return events(runtime, *call); };
}

}  // namespace skiff::cli
