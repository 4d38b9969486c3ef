#include <algorithm>

#include "oci/monitor/log_files.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

constexpr std::string_view kJsonLog = R"({"log":")";
constexpr std::string_view kJsonStream = R"(","stream":")";
constexpr std::string_view kJsonTime = R"("time":")";

std::optional<LogStream> stream_named(std::string_view name) {
    if (name == "stdout") return LogStream::Stdout;
    if (name == "stderr") return LogStream::Stderr;
    return std::nullopt;
}

/// "TIME STREAM F|P text"
struct K8sLine {
    std::string_view time;
    std::string_view stream;
    char tag = '?';
    std::string_view text;
};
std::optional<K8sLine> split_k8s(std::string_view line) {
    const auto first = line.find(' ');
    const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    if (second == std::string_view::npos || second + 2 > line.size()) return std::nullopt;
    const char tag = line[second + 1];
    const bool separated = second + 2 < line.size() && line[second + 2] == ' ';
    if ((tag != 'F' && tag != 'P') || !separated) return std::nullopt;
    return K8sLine{line.substr(0, first), line.substr(first + 1, second - first - 1), tag, line.substr(second + 3)};
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// Four hexadecimal digits; -1 when they are none.
int code_unit(std::string_view digits) {
    if (digits.size() < 4) return -1;
    int value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        const int digit = hex_value(digits[i]);
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

void append_utf8(std::string& out, unsigned code) {
    if (code < 0x80) {
        out.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
        out.push_back(static_cast<char>(0xc0 | (code >> 6)));
        out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
        out.push_back(static_cast<char>(0xe0 | (code >> 12)));
        out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3f)));
        out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
    } else {
        out.push_back(static_cast<char>(0xf0 | (code >> 18)));
        out.push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3f)));
        out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3f)));
        out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
    }
}

/// Appends what "\u" and the digits at `at` mean; gives back how many characters after the 'u' that took.
std::size_t append_unicode(std::string& out, std::string_view text, std::size_t at) {
    const int first = code_unit(text.substr(at));
    if (first < 0) return 0;
    if (first >= 0xd800 && first < 0xdc00 && text.substr(at + 4).starts_with("\\u")) {
        const int second = code_unit(text.substr(at + 6));
        if (second >= 0xdc00 && second < 0xe000) {
            append_utf8(out, 0x10000U + ((static_cast<unsigned>(first) - 0xd800U) << 10) + (static_cast<unsigned>(second) - 0xdc00U));
            return 10;
        }
    }
    const bool surrogate = first >= 0xd800 && first < 0xe000;
    append_utf8(out, surrogate ? 0xfffdU : static_cast<unsigned>(first));
    return 4;
}

void append_unescaped(std::string& out, std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto backslash = std::min(text.find('\\', i), text.size());
        out.append(text.substr(i, backslash - i));
        i = backslash + 2;
        if (backslash + 1 >= text.size()) return;
        switch (const char escape = text[backslash + 1]) {
            case 'n': out.push_back('\n'); break;
            case 't': out.push_back('\t'); break;
            case 'r': out.push_back('\r'); break;
            case 'b': out.push_back('\b'); break;
            case 'f': out.push_back('\f'); break;
            case 'u': i += append_unicode(out, text, i); break;
            default: out.push_back(escape); break;
        }
    }
}

/// {"log":"…","stream":"…",…"time":"…"}: the marks cannot occur inside a string, where quotes are escaped.
struct JsonLine {
    std::string_view log;  ///< still escaped
    std::string_view stream;
    std::string_view time;
};
std::optional<JsonLine> split_json(std::string_view line) {
    const auto stream = line.rfind(kJsonStream);
    if (!line.starts_with(kJsonLog) || !line.ends_with("\"}") || stream == std::string_view::npos || stream < kJsonLog.size()) return std::nullopt;
    const std::string_view name = line.substr(stream + kJsonStream.size());
    const auto time = line.rfind(kJsonTime);
    if (time == std::string_view::npos || time < stream) return std::nullopt;
    const std::string_view when = line.substr(time + kJsonTime.size());
    return JsonLine{line.substr(kJsonLog.size(), stream - kJsonLog.size()), name.substr(0, name.find('"')), when.substr(0, when.size() - 2)};
}

/// An escaped newline at the end: "\n" behind an even number of backslashes.
bool ends_in_newline(std::string_view escaped) {
    if (!escaped.ends_with("\\n")) return false;
    const auto last_other = escaped.find_last_not_of('\\', escaped.size() - 2);
    const std::size_t first_backslash = last_other == std::string_view::npos ? 0 : last_other + 1;
    return (escaped.size() - 1 - first_backslash) % 2 == 1;
}

std::optional<LogRecord> parse_k8s(std::string_view line) {
    const auto parts = split_k8s(line);
    const auto stream = parts ? stream_named(parts->stream) : std::nullopt;
    if (!stream) return std::nullopt;
    return LogRecord{*stream, parts->time, parts->text, parts->tag == 'P'};
}

std::optional<LogRecord> parse_json_line(std::string_view line, std::string& scratch) {
    const auto parts = split_json(line);
    const auto stream = parts ? stream_named(parts->stream) : std::nullopt;
    if (!stream) return std::nullopt;
    const bool full = ends_in_newline(parts->log);
    const std::string_view escaped = full ? parts->log.substr(0, parts->log.size() - 2) : parts->log;
    if (escaped.find('\\') == std::string_view::npos) return LogRecord{*stream, parts->time, escaped, !full};
    scratch.clear();
    append_unescaped(scratch, escaped);
    return LogRecord{*stream, parts->time, scratch, !full};
}

}  // namespace

LogFormat::LogFormat(std::string_view driver) : json_{driver == "json-file"} {
    if (json_ || driver == "k8s-file") return;
    throw Error{ErrorKind::Unsupported, concat("logs of driver ", quote(driver), " cannot be read back")};
}

std::optional<LogRecord> LogFormat::parse(std::string_view line, std::string& scratch) const {
    return json_ ? parse_json_line(line, scratch) : parse_k8s(line);
}

bool LogFormat::ends_output_line(std::string_view line) const noexcept {
    if (json_) {
        const auto stream = line.rfind(kJsonStream);
        return stream != std::string_view::npos && ends_in_newline(line.substr(0, stream));
    }
    const auto parts = split_k8s(line);
    return parts && parts->tag == 'F';
}

}  // namespace skiff::oci::monitor
