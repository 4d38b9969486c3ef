#include <array>
#include <cstring>

#include "oci/monitor/log_writer.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

constexpr std::string_view kReplacement = "\\ufffd";
constexpr std::size_t kMaxEscape = 6;  ///< bytes that one byte of text can become

/// Bytes of the UTF-8 sequence that `lead` begins; 0 when it begins none.
std::size_t sequence_length(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead >= 0xc2 && lead <= 0xdf) return 2;
    if (lead >= 0xe0 && lead <= 0xef) return 3;
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/// How many bytes at the front of `text` are one valid character; 0: the first byte is invalid;
/// more than text.size(): valid so far, and cut off.
std::size_t character_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::size_t wanted = sequence_length(byte(0));
    for (std::size_t i = 1; i < wanted && i < text.size(); ++i) {
        unsigned low = 0x80;
        unsigned high = 0xbf;
        if (i == 1 && byte(0) == 0xe0) low = 0xa0;
        if (i == 1 && byte(0) == 0xed) high = 0x9f;
        if (i == 1 && byte(0) == 0xf0) low = 0x90;
        if (i == 1 && byte(0) == 0xf4) high = 0x8f;
        if (byte(i) < low || byte(i) > high) return 0;
    }
    return wanted;
}

/// Plain bytes go as they are: everything from space on but quote, backslash and what HTML readers trip over.
constexpr std::array<bool, 256> make_plain() {
    std::array<bool, 256> plain{};
    for (int c = 0x20; c < 0x7f; ++c) plain[static_cast<std::size_t>(c)] = true;
    for (const char c : {'"', '\\', '<', '>', '&'}) plain[static_cast<unsigned char>(c)] = false;
    return plain;
}
constexpr auto kPlain = make_plain();

std::size_t append_escape(char* out, unsigned char c) {
    constexpr const char* kDigits = "0123456789abcdef";
    const char* simple = c == '"' ? "\\\"" : c == '\\' ? "\\\\" : c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : nullptr;
    if (simple != nullptr) {
        std::memcpy(out, simple, 2);
        return 2;
    }
    const char full[] = {'\\', 'u', '0', '0', kDigits[c >> 4], kDigits[c & 15]};
    std::memcpy(out, full, sizeof full);
    return sizeof full;
}

/// Writes `text` as the inside of a JSON string; `out` holds kMaxEscape bytes for each of it.
std::size_t escape(char* out, std::string_view text) {
    char* const begin = out;
    for (std::size_t i = 0; i < text.size();) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (kPlain[c]) {
            *out++ = text[i++];
        } else if (c < 0x80) {
            out += append_escape(out, c);
            ++i;
        } else {
            const std::size_t length = character_length(text.substr(i));
            const bool valid = length != 0 && length <= text.size() - i;
            std::memcpy(out, valid ? text.data() + i : kReplacement.data(), valid ? length : kReplacement.size());
            out += valid ? length : kReplacement.size();
            i += valid ? length : 1;
        }
    }
    return static_cast<std::size_t>(out - begin);
}

/// At least as long as what escape() makes of `text`.
std::size_t escaped_bound(std::string_view text) {
    std::size_t bytes = text.size();
    for (const char c : text) bytes += kPlain[static_cast<unsigned char>(c)] ? 0 : kMaxEscape - 1;
    return bytes;
}

/// Where a cut-off character at the end of `text` begins; text.size() when there is none.
std::size_t cut_off_at(std::string_view text) {
    for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
        const std::size_t at = text.size() - back;
        const std::size_t length = character_length(text.substr(at));
        if (length > back) return at;
        if (length != 0) break;
    }
    return text.size();
}

class JsonLog final : public FileLogWriter {
public:
    explicit JsonLog(const LogPlan& plan) : FileLogWriter{plan} {
        if (!plan.tag.empty()) attributes_ = concat("\"attrs\":", dump(Json{{"tag", plan.tag}}), ",");
    }

protected:
    void set_time(UnixNanos now) override { tail_ = concat(attributes_, "\"time\":\"", rfc3339(now), "\"}\n"); }

    std::size_t add_record(LogStream stream, std::string_view text) override {
        std::string& held = held_[static_cast<std::size_t>(stream)];
        const std::size_t joined = complete(held, text);
        const std::string_view rest = text.substr(joined);
        const std::string_view line = record_text(rest);
        if (rest.empty() || (line.empty() && held.empty())) {  // nothing yet but a part of a character
            held.append(rest);
            return text.size();
        }
        put(stream, held, line);
        held.clear();
        return joined + line.size();
    }

    std::string_view held_back(LogStream stream) const override { return held_[static_cast<std::size_t>(stream)]; }
    void add_held_back(LogStream stream) override {
        put(stream, held_[static_cast<std::size_t>(stream)], {});
        held_[static_cast<std::size_t>(stream)].clear();
    }

private:
    static constexpr std::size_t kFrame = sizeof R"({"log":"","stream":"stdout",)";
    static constexpr std::size_t kEscapedBytes = LogBatch::kStagingBytes - 2048;

    /// Moves to `held` what completes its character; gives back how many bytes of `text` that took.
    static std::size_t complete(std::string& held, std::string_view text) {
        std::size_t taken = 0;
        while (!held.empty() && taken < text.size() && character_length(held) > held.size()) {
            const std::string longer = held + text[taken];
            if (character_length(longer) == 0) break;
            held = longer;
            ++taken;
        }
        return taken;
    }

    /// The beginning of `text` that goes in one record: to its newline, or to a character's end.
    static std::string_view record_text(std::string_view text) {
        std::string_view window = text.substr(0, kMaxTextBytes);
        const auto newline = window.find('\n');
        if (newline != std::string_view::npos) window = window.substr(0, newline + 1);
        if (escaped_bound(window) > kEscapedBytes) window = window.substr(0, kEscapedBytes / kMaxEscape);
        return window.ends_with('\n') ? window : window.substr(0, cut_off_at(window));
    }

    /// Formats in place first: only then is the size known that decides about rotation.
    void put(LogStream stream, std::string_view held, std::string_view line) {
        const std::size_t bound = kFrame + tail_.size() + kMaxEscape * held.size() + escaped_bound(line);
        prepare(0, bound);
        char* const record = batch().room();
        char* out = append(record, R"({"log":")");
        out += escape(out, held);
        out += escape(out, line);
        out = append(out, stream == LogStream::Stdout ? R"(","stream":"stdout",)" : R"(","stream":"stderr",)");
        out = append(out, tail_);
        const auto bytes = static_cast<std::size_t>(out - record);
        prepare(bytes, bytes);
        std::memmove(batch().room(), record, bytes);  // elsewhere when prepare() emptied the batch
        batch().commit(bytes);
        count_text(held.size() + line.size(), line.ends_with('\n'));
    }

    static char* append(char* out, std::string_view text) {
        std::memcpy(out, text.data(), text.size());
        return out + text.size();
    }

    std::array<std::string, 2> held_;
    std::string attributes_;
    std::string tail_;
};

}  // namespace

std::unique_ptr<LogWriter> make_json_log(const LogPlan& plan) { return std::make_unique<JsonLog>(plan); }

}  // namespace skiff::oci::monitor
