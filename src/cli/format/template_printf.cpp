/// fmt.Sprintf over JSON values. Source: Go package fmt, "Printing", "Explicit argument indexes" and
/// "Format errors".

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

#include "cli/format/go_string.h"
#include "cli/format/template_value.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli::tmpl {
namespace {

/// Go refuses wider fields.
constexpr int kMaxWidth = 1'000'000;

struct Flags {
    bool minus = false;
    bool plus = false;
    bool sharp = false;
    bool space = false;
    bool zero = false;
    std::optional<int> width;
    std::optional<int> precision;
};

class Printer {
public:
    Printer(std::string_view format, std::span<const Value> arguments, const MapNames& maps, std::size_t limit_bytes)
        : format_{format}, arguments_{arguments}, maps_{maps}, limit_bytes_{limit_bytes} {}

    std::string run() {
        while (at_ < format_.size()) {
            const std::size_t percent = std::min(format_.find('%', at_), format_.size());
            out_ += format_.substr(at_, percent - at_);
            at_ = percent + 1;
            if (percent < format_.size()) directive();
            if (out_.size() > limit_bytes_) throw Error{ErrorKind::Invalid, "output of printf is too long"};
        }
        if (!reordered_ && next_ < arguments_.size()) extra();
        return std::move(out_);
    }

private:
    void directive() {
        flags_ = {};
        take_flags();
        take_index();
        flags_.width = take_star_or_number("%!(BADWIDTH)");
        if (flags_.width && *flags_.width < 0) {
            flags_.minus = true;
            flags_.zero = false;
            flags_.width = -*flags_.width;
        }
        if (peek() == '.') {
            ++at_;
            take_index();
            flags_.precision = take_star_or_number("%!(BADPREC)");
            if (!flags_.precision || *flags_.precision < 0) flags_.precision = 0;
        }
        take_index();
        verb();
    }

    char peek() const { return at_ < format_.size() ? format_[at_] : '\0'; }

    void take_flags() {
        for (; at_ < format_.size(); ++at_) {
            switch (format_[at_]) {
                case '-': flags_.minus = true; break;
                case '+': flags_.plus = true; break;
                case '#': flags_.sharp = true; break;
                case ' ': flags_.space = true; break;
                case '0': flags_.zero = true; break;
                default: return;
            }
        }
    }

    std::optional<int> take_number() {
        std::size_t end = at_;
        while (end < format_.size() && format_[end] >= '0' && format_[end] <= '9') ++end;
        if (end == at_) return std::nullopt;
        const auto number = parse_int(format_.substr(at_, end - at_));
        at_ = end;
        return number && *number <= kMaxWidth ? static_cast<int>(*number) : kMaxWidth + 1;
    }

    /// `[2]` before a star or a verb.
    void take_index() {
        if (peek() != '[') return;
        reordered_ = true;
        ++at_;
        const auto number = take_number();
        const std::size_t close = format_.find(']', at_);
        const bool good = number && close == at_ && *number >= 1 && static_cast<std::size_t>(*number) <= arguments_.size();
        at_ = close == std::string_view::npos ? format_.size() : close + 1;
        bad_index_ = !good;
        if (good) next_ = static_cast<std::size_t>(*number) - 1;
    }

    std::optional<int> take_star_or_number(const char* problem) {
        std::optional<int> number;
        if (peek() == '*') {
            ++at_;
            if (next_ < arguments_.size() && arguments_[next_].json().is_number_integer())
                number = static_cast<int>(std::clamp<std::int64_t>(arguments_[next_].json().get<std::int64_t>(), -kMaxWidth - 1, kMaxWidth + 1));
            if (!number) out_ += problem;
            ++next_;
        } else {
            number = take_number();
        }
        if (number && (*number > kMaxWidth || *number < -kMaxWidth)) {
            out_ += problem;
            return std::nullopt;
        }
        return number;
    }

    void verb() {
        if (at_ >= format_.size()) {
            out_ += "%!(NOVERB)";
            return;
        }
        const std::string_view verb = format_.substr(at_, rune_size(format_.substr(at_)));
        at_ += verb.size();
        if (verb == "%") {
            out_.push_back('%');
        } else if (std::exchange(bad_index_, false)) {
            out_ += concat("%!", verb, "(BADINDEX)");
        } else if (next_ >= arguments_.size()) {
            out_ += concat("%!", verb, "(MISSING)");
        } else {
            print(arguments_[next_++], verb.size() == 1 ? verb[0] : '\0', verb);
        }
    }

    void extra() {
        out_ += "%!(EXTRA ";
        for (std::size_t i = next_; i < arguments_.size(); ++i) {
            if (i > next_) out_ += ", ";
            out_ += type_name(arguments_[i]);
            if (arguments_[i].json().is_null()) continue;
            out_.push_back('=');
            append_value(out_, arguments_[i], maps_);
        }
        out_.push_back(')');
    }

    void pad(std::string text, bool zeros = false) {
        const std::size_t width = static_cast<std::size_t>(flags_.width.value_or(0));
        const std::size_t length = rune_count(text);
        if (length < width) {
            const std::size_t sign = zeros && !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
            if (flags_.minus) text.append(width - length, ' ');
            else text.insert(zeros ? sign : 0, width - length, zeros ? '0' : ' ');
        }
        out_ += text;
    }

    void bad_verb(const Value& value, std::string_view verb) {
        out_ += concat("%!", verb, "(");
        if (value.json().is_null()) {
            out_ += "<nil>";
        } else {
            out_ += type_name(value) + "=";
            append_value(out_, value, maps_);
        }
        out_.push_back(')');
    }

    void print(const Value& value, char verb, std::string_view written) {
        const OrderedJson& json = value.json();
        if (verb == 'T') return pad(type_name(value));
        if (value.kind() == Value::Kind::Title) return pad(value.text());  // a heading stays text under %d
        if (json.is_null() && verb == 'v') return pad("<nil>");
        if (verb == 'v' && flags_.sharp) return pad(go_syntax(value));
        if (json.is_string()) return print_string(value, verb, written);
        if (json.is_boolean()) return verb == 't' || verb == 'v' ? pad(json.get<bool>() ? "true" : "false") : bad_verb(value, written);
        if (json.is_number_float()) return print_float(value, verb, written);
        if (json.is_number()) return print_integer(value, verb, written);
        if (json.is_array() || json.is_object()) return print_collection(value, verb, written);
        bad_verb(value, written);
    }

    void print_string(const Value& value, char verb, std::string_view written) {
        std::string_view text = value.text();
        if (flags_.precision && verb != 'x' && verb != 'X') text = first_runes(text, static_cast<std::size_t>(*flags_.precision));
        switch (verb) {
            case 'v':
            case 's': return pad(std::string{text}, flags_.zero && !flags_.minus);
            case 'q': return pad(flags_.sharp && text.find('`') == text.npos ? concat("`", text, "`") : go_quote(text));
            case 'x':
            case 'X': return pad(hex(text, verb));
            default: bad_verb(value, written);
        }
    }

    static std::string hex(std::string_view text, char verb) {
        const char* const digits = verb == 'x' ? "0123456789abcdef" : "0123456789ABCDEF";
        std::string out;
        for (const char c : text) {
            out.push_back(digits[static_cast<unsigned char>(c) >> 4U]);
            out.push_back(digits[static_cast<unsigned char>(c) & 0xFU]);
        }
        return out;
    }

    void print_integer(const Value& value, char verb, std::string_view written) {
        const OrderedJson& json = value.json();
        const bool negative = json.is_number_integer() && !json.is_number_unsigned() && json.get<std::int64_t>() < 0;
        const std::uint64_t magnitude = negative ? 0 - static_cast<std::uint64_t>(json.get<std::int64_t>()) : json.get<std::uint64_t>();
        switch (verb) {
            case 'v':
            case 'd': return integer(magnitude, negative, 10, "", false);
            case 'b': return integer(magnitude, negative, 2, "0b", false);
            case 'o': return integer(magnitude, negative, 8, "0", false);
            case 'O': return integer(magnitude, negative, 8, "0o", false);
            case 'x': return integer(magnitude, negative, 16, "0x", false);
            case 'X': return integer(magnitude, negative, 16, "0X", true);
            case 'c': return pad(rune(magnitude));
            case 'q': return pad(concat("'", rune(magnitude), "'"));
            default: bad_verb(value, written);
        }
    }

    static std::string rune(std::uint64_t value) {
        std::string out;
        append_rune(out, value > 0x10FFFF ? 0xFFFD : static_cast<std::uint32_t>(value));
        return out;
    }

    void integer(std::uint64_t magnitude, bool negative, int base, const char* prefix, bool upper_case) {
        std::array<char, 72> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
        std::string text{digits.data(), end.ptr};
        if (upper_case) std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
        const auto wanted = static_cast<std::size_t>(flags_.precision.value_or(0));
        if (text.size() < wanted) text.insert(0, wanted - text.size(), '0');
        if (flags_.sharp || std::string_view{prefix} == "0o") text.insert(0, prefix);
        text.insert(0, sign(negative));
        pad(std::move(text), flags_.zero && !flags_.minus && !flags_.precision);
    }

    const char* sign(bool negative) const { return negative ? "-" : flags_.plus ? "+" : flags_.space ? " " : ""; }

    void print_float(const Value& value, char verb, std::string_view written) {
        if (std::string_view{"vfFeEgG"}.find(verb) == std::string_view::npos) return bad_verb(value, written);
        const double number = value.json().get<double>();
        const bool shortest = !flags_.precision && (verb == 'v' || verb == 'g' || verb == 'G');
        std::string text = shortest ? go_float(number) : fixed_float(number, verb);
        if (text[0] != '-' && text[0] != '+') text.insert(0, sign(false));
        pad(std::move(text), flags_.zero && !flags_.minus);
    }

    std::string fixed_float(double number, char verb) const {
        const std::array<char, 5> format{'%', '.', '*', verb == 'v' ? 'g' : verb, '\0'};
        const int precision = std::min(flags_.precision.value_or(6), 1000);
        std::array<char, 1400> text{};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        const int length = std::snprintf(text.data(), text.size(), format.data(), precision, number);
#pragma GCC diagnostic pop
        return {text.data(), static_cast<std::size_t>(std::clamp(length, 0, static_cast<int>(text.size()) - 1))};
    }

    /// The verb goes to each element, the width with it, as in Go.
    void print_collection(const Value& value, char verb, std::string_view written) {
        const OrderedJson& json = value.json();
        if (verb == 'v' && !flags_.width) return append_value(out_, value, maps_);
        const bool list = json.is_array();
        out_ += list ? "[" : value.is_map() ? "map[" : "{";
        bool first = true;
        const auto separate = [&] { if (!std::exchange(first, false)) out_.push_back(' '); };
        if (list) {
            for (const auto& element : json) separate(), print(value.part(element), verb, written);
        } else if (value.is_map()) {
            for (const auto& [key, element] : sorted_members(json)) {
                separate();
                print(Value::of(std::string{key}), verb, written);
                out_.push_back(':');
                print(value.part(*element), verb, written);
            }
        } else {
            for (const auto& element : json) separate(), print(value.part(element), verb, written);
        }
        out_.push_back(list || value.is_map() ? ']' : '}');
    }

    static std::string go_syntax(const Value& value) {
        const OrderedJson& json = value.json();
        if (json.is_string()) return go_quote(value.text());
        if (json.is_null()) return "interface {}(nil)";
        std::string out;
        if (!json.is_structured()) {
            append_value(out, value, {});
            return out;
        }
        out = json.is_array() ? "[]interface {}{" : "map[string]interface {}{";
        bool first = true;
        for (const auto& [key, element] : json.items()) {
            if (!std::exchange(first, false)) out += ", ";
            if (json.is_object()) out += go_quote(key) + ":";
            out += go_syntax(value.part(element));
        }
        return out + "}";
    }

    std::string_view format_;
    std::span<const Value> arguments_;
    const MapNames& maps_;
    std::size_t limit_bytes_;
    std::string out_;
    Flags flags_;
    std::size_t at_ = 0;
    std::size_t next_ = 0;
    bool reordered_ = false;
    bool bad_index_ = false;
};

}  // namespace

std::string go_printf(std::string_view format, std::span<const Value> arguments, const MapNames& maps, std::size_t limit_bytes) {
    return Printer{format, arguments, maps, limit_bytes}.run();
}

}  // namespace skiff::cli::tmpl
