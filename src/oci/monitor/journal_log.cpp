#include <algorithm>

#include "oci/monitor/log_writer.h"
#include "util/journal.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

constexpr std::size_t kLongestEntry = 16 * 1024;
constexpr int kPatienceMs = 1000;

/// An entry a line, with the fields that podman's have. The journal stamps it.
class JournalLog final : public LogWriter {
public:
    explicit JournalLog(const LogPlan& plan) : plan_{plan}, socket_{open_journal_socket()} {}

    void write(LogStream stream, std::string_view text, UnixNanos) override {
        while (!text.empty()) {
            const auto newline = text.substr(0, kLongestEntry).find('\n');
            const bool whole = newline != std::string_view::npos;
            const auto line = text.substr(0, whole ? newline : kLongestEntry);
            add(stream, line, whole);
            text.remove_prefix(line.size() + (whole ? 1 : 0));
        }
    }
    void finish(LogStream, UnixNanos) override {}

private:
    void add(LogStream stream, std::string_view line, bool whole) {
        if (lost_ > 0 && send(LogStream::Stderr, concat("skiff: the journal lost ", lost_, " entries of output here"), /*whole=*/true)) lost_ = 0;
        if (lost_ > 0 || !send(stream, line, whole)) ++lost_;
    }
    bool send(LogStream stream, std::string_view line, bool whole) const {
        JournalFields fields{{"MESSAGE", std::string{line}},
                             {"PRIORITY", stream == LogStream::Stdout ? "6" : "3"},
                             {"CONTAINER_ID", plan_.container_id.substr(0, 12)},
                             {"CONTAINER_ID_FULL", plan_.container_id},
                             {"CONTAINER_NAME", plan_.container_name},
                             {"SYSLOG_IDENTIFIER", plan_.tag.empty() ? plan_.container_name : plan_.tag}};
        if (!plan_.tag.empty()) fields.emplace_back("CONTAINER_TAG", plan_.tag);
        if (!whole) fields.emplace_back("CONTAINER_PARTIAL_MESSAGE", "true");
        return send_to_journal(socket_.get(), fields, kPatienceMs);
    }

    LogPlan plan_;
    UniqueFd socket_;
    std::uint64_t lost_ = 0;
};

}  // namespace

std::unique_ptr<LogWriter> make_journal_log(const LogPlan& plan) { return std::make_unique<JournalLog>(plan); }

}  // namespace skiff::oci::monitor
