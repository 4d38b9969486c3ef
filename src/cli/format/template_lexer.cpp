#include "cli/format/template_lexer.h"

#include <algorithm>
#include <string_view>

#include "cli/format/go_string.h"
#include "util/text.h"

namespace skiff::cli::tmpl {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

bool is_space(char c) { return kSpaces.find(c) != std::string_view::npos; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
/// Bytes of multi-byte characters count as letters: Go allows Unicode names.
bool is_name(char c) {
    return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

class Lexer {
public:
    explicit Lexer(const Program& program) : program_{program}, source_{program.source} {}

    std::vector<Token> run() {
        while (at_ < source_.size()) {
            lex_text();
            if (at_ < source_.size()) lex_action();
        }
        push(Token::Kind::End, source_.size(), {});
        return std::move(tokens_);
    }

private:
    [[noreturn]] void fail(std::size_t offset, const std::string& message) const { parse_error(program_, offset, message); }
    bool at(std::string_view text) const { return source_.substr(at_, text.size()) == text; }

    void push(Token::Kind kind, std::size_t begin, std::string text) {
        tokens_.push_back({kind, {begin, at_}, std::move(text), space_, false});
        space_ = false;
    }

    void lex_text() {
        const std::size_t begin = at_;
        const std::size_t open = std::min(source_.find("{{", at_), source_.size());
        std::string_view text = source_.substr(begin, open - begin);
        at_ = open;
        if (trim_next_) text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
        if (trims_before(open)) text = text.substr(0, text.find_last_not_of(kSpaces) + 1);
        trim_next_ = false;
        if (!text.empty()) push(Token::Kind::Text, begin, plain_text(text));
    }

    /// `{{- ` with a space, so that `{{-3}}` stays a number.
    bool trims_before(std::size_t open) const {
        return open + 3 < source_.size() && source_[open + 2] == '-' && is_space(source_[open + 3]);
    }
    bool trims_after() const { return at_ > 0 && is_space(source_[at_ - 1]) && at("-}}"); }

    std::string plain_text(std::string_view text) const {
        std::string out = program_.options.unescape_text ? unescape(text) : std::string{text};
        if (program_.options.spaces_are_tabs) std::replace(out.begin(), out.end(), ' ', '\t');
        return out;
    }

    static std::string unescape(std::string_view text) {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
            if (next == 't' || next == 'n') {
                out.push_back(next == 't' ? '\t' : '\n');
                ++i;
            } else {
                out.push_back(text[i]);
            }
        }
        return out;
    }

    void lex_action() {
        const std::size_t open = at_;
        at_ += trims_before(open) ? 4 : 2;
        if (skip_comment(open)) return;
        push(Token::Kind::Open, open, {});
        for (;;) {
            skip_spaces();
            if (at_ >= source_.size()) fail(open, "unclosed action");
            if (trims_after() || at("}}")) break;
            lex_inside();
        }
        close();
    }

    void close() {
        const std::size_t begin = at_;
        trim_next_ = trims_after();
        at_ += trim_next_ ? 3 : 2;
        push(Token::Kind::Close, begin, {});
    }

    bool skip_comment(std::size_t open) {
        if (!at("/*")) return false;
        const std::size_t end = source_.find("*/", at_ + 2);
        if (end == std::string_view::npos) fail(open, "unclosed comment");
        at_ = end + 2;
        skip_spaces();
        space_ = false;
        const bool trim = trims_after();
        if (!trim && !at("}}")) fail(at_, "comment ends before closing delimiter");
        at_ += trim ? 3 : 2;
        trim_next_ = trim;
        return true;
    }

    void skip_spaces() {
        while (at_ < source_.size() && is_space(source_[at_]) ) {
            ++at_;
            space_ = true;
        }
    }

    void lex_inside() {
        const std::size_t begin = at_;
        const char c = source_[at_];
        const char next = at_ + 1 < source_.size() ? source_[at_ + 1] : '\0';
        if (c == '"') return lex_quoted();
        if (c == '`') return lex_raw();
        if (c == '\'') return lex_rune();
        if (is_digit(c) || ((c == '+' || c == '-') && (is_digit(next) || next == '.')) || (c == '.' && is_digit(next))) return lex_number();
        if (c == '.') return lex_field();
        if (c == '$') {
            ++at_;
            take_name();
            return push(Token::Kind::Variable, begin, std::string{source_.substr(begin, at_ - begin)});
        }
        if (is_name(c)) {
            take_name();
            return push(Token::Kind::Word, begin, std::string{source_.substr(begin, at_ - begin)});
        }
        lex_mark(c, next);
    }

    void lex_mark(char c, char next) {
        const std::size_t begin = at_;
        const bool declare = c == ':' && next == '=';
        at_ += declare ? 2 : 1;
        if (declare) return push(Token::Kind::Declare, begin, ":=");
        switch (c) {
            case '=': return push(Token::Kind::Assign, begin, "=");
            case '|': return push(Token::Kind::Pipe, begin, "|");
            case ',': return push(Token::Kind::Comma, begin, ",");
            case '(': return push(Token::Kind::LeftParen, begin, "(");
            case ')': return push(Token::Kind::RightParen, begin, ")");
            default: fail(begin, concat("unexpected ", quote(std::string_view{&c, 1}), " in action"));
        }
    }

    void take_name() {
        while (at_ < source_.size() && is_name(source_[at_])) ++at_;
    }

    void lex_field() {
        const std::size_t begin = at_++;
        take_name();
        std::string name{source_.substr(begin + 1, at_ - begin - 1)};
        const auto kind = name.empty() ? Token::Kind::Dot : Token::Kind::Field;
        push(kind, begin, std::move(name));
    }

    void lex_number() {
        const std::size_t begin = at_++;
        while (at_ < source_.size()) {
            const char c = source_[at_];
            const char last = source_[at_ - 1];
            const bool exponent_sign = (c == '+' || c == '-') && (last == 'e' || last == 'E' || last == 'p') && !at_hex(begin);
            if (!is_name(c) && c != '.' && !exponent_sign) break;
            ++at_;
        }
        push(Token::Kind::Number, begin, std::string{source_.substr(begin, at_ - begin)});
    }
    bool at_hex(std::size_t begin) const {
        const std::string_view written = source_.substr(begin, at_ - begin);
        return written.find_first_of("xX") != std::string_view::npos;
    }

    /// Moves past the closing `mark`; returns what stands between.
    std::string_view take_until(char mark, const char* what) {
        const std::size_t begin = at_++;
        while (at_ < source_.size() && source_[at_] != mark && source_[at_] != '\n') at_ += source_[at_] == '\\' ? 2 : 1;
        if (at_ >= source_.size() || source_[at_] != mark) fail(begin, what);
        ++at_;
        return source_.substr(begin + 1, at_ - begin - 2);
    }

    void lex_quoted() {
        const std::size_t begin = at_;
        auto value = go_unquote(take_until('"', "unterminated quoted string"));
        if (!value) fail(begin, "bad escape in quoted string");
        push(Token::Kind::String, begin, std::move(*value));
    }

    void lex_rune() {
        const std::size_t begin = at_;
        const auto value = go_unquote(take_until('\'', "unterminated character constant"));
        if (!value || rune_count(*value) != 1) fail(begin, "malformed character constant");
        push(Token::Kind::Number, begin, std::to_string(first_rune(*value)));
        tokens_.back().rune = true;
    }

    void lex_raw() {
        const std::size_t begin = at_;
        const std::size_t end = source_.find('`', at_ + 1);
        if (end == std::string_view::npos) fail(begin, "unterminated raw quoted string");
        at_ = end + 1;
        push(Token::Kind::String, begin, std::string{source_.substr(begin + 1, end - begin - 1)});
    }

    const Program& program_;
    std::string_view source_;
    std::size_t at_ = 0;
    bool space_ = false;
    bool trim_next_ = false;
    std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(const Program& program) { return Lexer{program}.run(); }

}  // namespace skiff::cli::tmpl
