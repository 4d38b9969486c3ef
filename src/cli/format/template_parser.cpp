#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <set>

#include "cli/format/template_ast.h"
#include "cli/format/template_functions.h"
#include "cli/format/template_lexer.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli::tmpl {
namespace {

/// Control structures and parentheses inside each other: more is a mistake or an attack on the stack.
constexpr int kMaxNesting = 200;

std::optional<OrderedJson> parse_number(std::string text) {
    std::erase(text, '_');
    const bool signed_text = !text.empty() && (text[0] == '-' || text[0] == '+');
    const bool negative = signed_text && text[0] == '-';
    const std::string digits = text.substr(signed_text ? 1 : 0);
    const std::string prefix = lower(digits.substr(0, 2));
    const int base = prefix == "0x" ? 16 : prefix == "0b" ? 2 : prefix == "0o" ? 8 : 10;
    const std::string body = (negative ? "-" : "") + digits.substr(base == 10 ? 0 : 2);
    const char* const end = body.data() + body.size();
    std::int64_t whole = 0;
    if (const auto [stop, error] = std::from_chars(body.data(), end, whole, base); error == std::errc{} && stop == end) return whole;
    double fraction = 0;
    if (base != 10) return std::nullopt;
    if (const auto [stop, error] = std::from_chars(body.data(), end, fraction); error == std::errc{} && stop == end) return fraction;
    return std::nullopt;
}

class Parser {
public:
    explicit Parser(Program& program) : program_{program}, tokens_{tokenize(program)} {}

    void run() { parse_list(program_.body, /*inside=*/""); }

private:
    using Kind = Token::Kind;

    const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
    const Token& take() { return tokens_[std::min(at_++, tokens_.size() - 1)]; }
    bool peek_is(Kind kind) const { return peek().kind == kind; }
    [[noreturn]] void fail(const Token& token, const std::string& message) const { parse_error(program_, token.span.begin, message); }

    static std::string shown(const Token& token) {
        switch (token.kind) {
            case Kind::End: return "end of template";
            case Kind::Close: return "end of action";
            case Kind::Field: return quote("." + token.text);
            case Kind::Dot: return quote(".");
            default: return quote(token.text);
        }
    }
    [[noreturn]] void unexpected(const Token& token, std::string_view where) const {
        fail(token, concat("unexpected ", shown(token), " in ", where));
    }
    const Token& expect(Kind kind, std::string_view where) {
        const Token& token = take();
        if (token.kind != kind) unexpected(token, where);
        return token;
    }

    /// Nodes up to `end` or `else` (both taken up to their keyword, inside a structure) or the end of the
    /// text. Returns the keyword that ended the list.
    std::string parse_list(std::vector<Node>& out, std::string_view inside) {
        for (;;) {
            const Token& token = take();
            if (token.kind == Kind::End) {
                if (!inside.empty()) fail(token, concat("unclosed ", inside, ": \"{{end}}\" is missing"));
                return {};
            }
            if (token.kind == Kind::Text) {
                out.push_back(text_node(token));
                continue;
            }
            const Token& first = peek();
            if (first.kind == Kind::Word && (first.text == "end" || first.text == "else")) {
                if (inside.empty()) fail(first, concat("unexpected {{", first.text, "}}"));
                return take().text;
            }
            parse_action(out);
        }
    }

    static Node text_node(const Token& token) {
        Node node;
        node.span = token.span;
        node.text = token.text;
        return node;
    }

    void parse_action(std::vector<Node>& out) {
        const Token& first = peek();
        const std::string word = first.kind == Kind::Word ? first.text : std::string{};
        if (word == "define") return parse_define();
        if (word == "if") return out.push_back(parse_branch(Node::Kind::If));
        if (word == "with") return out.push_back(parse_branch(Node::Kind::With));
        if (word == "range") return out.push_back(parse_branch(Node::Kind::Range));
        if (word == "template" || word == "block") return out.push_back(parse_call(word == "block"));
        if (word == "break" || word == "continue") return out.push_back(parse_jump(word));
        Node node;
        node.kind = Node::Kind::Action;
        node.span = first.span;
        node.pipeline = parse_pipeline("command", 1);
        expect(Kind::Close, "command");
        out.push_back(std::move(node));
    }

    Node parse_jump(const std::string& word) {
        const Token& token = take();
        if (ranges_ == 0) fail(token, concat("{{", word, "}} outside {{range}}"));
        expect(Kind::Close, concat("{{", word, "}}"));
        Node node;
        node.kind = word == "break" ? Node::Kind::Break : Node::Kind::Continue;
        node.span = token.span;
        return node;
    }

    void enter(const Token& token) {
        if (++nesting_ > kMaxNesting) fail(token, concat("nested deeper than ", kMaxNesting, " levels"));
    }

    Node parse_branch(Node::Kind kind) {
        const Token& keyword = take();
        enter(keyword);
        const std::size_t scope = variables_.size();
        Node node;
        node.kind = kind;
        node.span = keyword.span;
        node.pipeline = parse_pipeline(keyword.text, kind == Node::Kind::Range ? 2 : 1);
        expect(Kind::Close, keyword.text);
        ranges_ += kind == Node::Kind::Range ? 1 : 0;
        const std::string end = parse_list(node.body, keyword.text);
        ranges_ -= kind == Node::Kind::Range ? 1 : 0;
        if (end == "else") parse_else(node, keyword.text);
        else expect(Kind::Close, "{{end}}");
        variables_.resize(scope);
        --nesting_;
        return node;
    }

    /// `{{else}}`, `{{else if …}}`, `{{else with …}}`: the last two are a structure of their own that
    /// shares the `{{end}}`.
    void parse_else(Node& node, const std::string& keyword) {
        const Token& next = peek();
        if (next.kind == Kind::Word && next.text == keyword && (keyword == "if" || keyword == "with")) {
            node.otherwise.push_back(parse_branch(node.kind));
            return;
        }
        expect(Kind::Close, "{{else}}");
        if (parse_list(node.otherwise, keyword) == "else") fail(tokens_[at_ - 1], "expected {{end}}, found {{else}}");
        expect(Kind::Close, "{{end}}");
    }

    void parse_define() {
        const Token& keyword = take();
        if (nesting_ > 0) fail(keyword, "{{define}} inside another structure");
        const Token& name = expect(Kind::String, "{{define}}");
        expect(Kind::Close, "{{define}}");
        parse_body_of(name, "define");
    }

    void parse_body_of(const Token& name, std::string_view inside) {
        enter(name);
        const auto outer = std::exchange(variables_, {"$"});
        const int outer_ranges = std::exchange(ranges_, 0);
        std::vector<Node> body;
        if (parse_list(body, inside) == "else") fail(tokens_[at_ - 1], concat("unexpected {{else}} in ", inside));
        expect(Kind::Close, "{{end}}");
        variables_ = outer;
        ranges_ = outer_ranges;
        --nesting_;
        const auto [place, added] = program_.templates.emplace(name.text, std::move(body));
        (void)place;
        if (!added) fail(name, concat("template ", quote(name.text), " is defined twice"));
    }

    Node parse_call(bool block) {
        const Token& keyword = take();
        const std::string where = concat("{{", keyword.text, "}}");
        Node node;
        node.kind = Node::Kind::Template;
        node.span = keyword.span;
        const Token& name = expect(Kind::String, where);
        node.text = name.text;
        if (block || !peek_is(Kind::Close)) node.pipeline = parse_pipeline(where, 1);
        expect(Kind::Close, where);
        if (block) parse_body_of(name, "block");
        return node;
    }

    Pipeline parse_pipeline(std::string_view where, std::size_t max_variables) {
        Pipeline pipeline;
        pipeline.span.begin = peek().span.begin;
        parse_declaration(pipeline, max_variables);
        do {
            pipeline.commands.push_back(parse_command(where));
        } while (peek_is(Kind::Pipe) && (take(), true));
        check_pipe_targets(pipeline);
        pipeline.span.end = tokens_[at_ - 1].span.end;
        if (!pipeline.assigns) variables_.insert(variables_.end(), pipeline.variables.begin(), pipeline.variables.end());
        return pipeline;
    }

    void parse_declaration(Pipeline& pipeline, std::size_t max_variables) {
        if (!peek_is(Kind::Variable)) return;
        const bool pair = peek(1).kind == Kind::Comma && peek(2).kind == Kind::Variable;
        const Kind mark = peek(pair ? 3 : 1).kind;
        if (mark != Kind::Declare && mark != Kind::Assign) {
            if (pair) unexpected(peek(1), "variables: \":=\" or \"=\" is missing");
            return;
        }
        if (pair && max_variables < 2) fail(peek(), "too many variables: only range declares two");
        pipeline.assigns = mark == Kind::Assign;
        for (int i = 0; i < (pair ? 2 : 1); ++i) {
            if (i > 0) take();
            if (pipeline.assigns) check_variable(peek());
            pipeline.variables.push_back(take().text);
        }
        take();
    }

    void check_variable(const Token& token) const {
        if (std::find(variables_.begin(), variables_.end(), token.text) == variables_.end())
            fail(token, concat("undefined variable ", quote(token.text)));
    }

    /// A value cannot be piped into something that takes no argument.
    void check_pipe_targets(const Pipeline& pipeline) const {
        for (std::size_t i = 1; i < pipeline.commands.size(); ++i) {
            const Operand& first = pipeline.commands[i].words.front();
            if (first.kind == Operand::Kind::Dot || first.kind == Operand::Kind::Literal)
                parse_error(program_, first.span.begin, concat("non executable command in pipeline stage ", i + 1));
        }
    }

    bool at_operand() const {
        switch (peek().kind) {
            case Kind::Dot:
            case Kind::Field:
            case Kind::Variable:
            case Kind::Word:
            case Kind::String:
            case Kind::Number:
            case Kind::LeftParen: return true;
            default: return false;
        }
    }

    Command parse_command(std::string_view where) {
        Command command;
        command.span.begin = peek().span.begin;
        while (at_operand()) {
            if (!command.words.empty() && !peek().space_before && !peek_is(Kind::LeftParen)) unexpected(peek(), "operand");
            command.words.push_back(parse_operand());
        }
        if (command.words.empty()) {
            if (peek_is(Kind::Close) || peek_is(Kind::RightParen)) fail(peek(), concat("missing value for ", where));
            unexpected(peek(), where);
        }
        if (!peek_is(Kind::Close) && !peek_is(Kind::Pipe) && !peek_is(Kind::RightParen)) unexpected(peek(), where);
        const Operand& first = command.words.front();
        if (first.kind == Operand::Kind::Literal && first.literal.is_null()) parse_error(program_, first.span.begin, "nil is not a command");
        command.span.end = tokens_[at_ - 1].span.end;
        return command;
    }

    Operand parse_operand() {
        const Token& token = take();
        Operand operand;
        operand.span = token.span;
        switch (token.kind) {
            case Kind::Field:
                operand.kind = Operand::Kind::Fields;
                operand.fields.push_back({token.text, token.span});
                break;
            case Kind::Variable:
                check_variable(token);
                operand.kind = Operand::Kind::Variable;
                operand.name = token.text;
                break;
            case Kind::String: set_literal(operand, token.text); break;
            case Kind::Number: set_literal(operand, number(token)); break;
            case Kind::Word: parse_word(operand, token); break;
            case Kind::LeftParen: parse_parenthesis(operand, token); break;
            default: break;
        }
        take_fields(operand);
        return operand;
    }

    static void set_literal(Operand& operand, OrderedJson value) {
        operand.kind = Operand::Kind::Literal;
        operand.literal = std::move(value);
    }

    OrderedJson number(const Token& token) const {
        auto value = parse_number(token.text);
        if (!value) fail(token, concat("bad number syntax: ", quote(token.text)));
        return std::move(*value);
    }

    void parse_word(Operand& operand, const Token& token) {
        if (token.text == "true" || token.text == "false") return set_literal(operand, token.text == "true");
        if (token.text == "nil") return set_literal(operand, nullptr);
        if (!is_function(token.text)) fail(token, concat("function ", quote(token.text), " not defined"));
        operand.kind = Operand::Kind::Function;
        operand.name = token.text;
    }

    void parse_parenthesis(Operand& operand, const Token& open) {
        enter(open);
        const std::size_t scope = variables_.size();
        operand.kind = Operand::Kind::Parenthesis;
        operand.pipeline = std::make_unique<Pipeline>(parse_pipeline("parenthesized pipeline", 1));
        if (!peek_is(Kind::RightParen)) fail(open, "unclosed left parenthesis");
        operand.span.end = take().span.end;
        variables_.resize(std::max(scope, std::size_t{1}));
        --nesting_;
    }

    void take_fields(Operand& operand) {
        while (peek_is(Kind::Field) && !peek().space_before) {
            if (operand.kind == Operand::Kind::Literal || operand.kind == Operand::Kind::Dot || operand.kind == Operand::Kind::Function)
                unexpected(peek(), "operand: a field cannot follow it");
            const Token& token = take();
            operand.fields.push_back({token.text, token.span});
            operand.span.end = token.span.end;
        }
    }

    Program& program_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    int nesting_ = 0;
    int ranges_ = 0;
    std::vector<std::string> variables_{"$"};
};

}  // namespace

std::string position(const Program& program, std::size_t offset) {
    const std::string_view before = std::string_view{program.source}.substr(0, offset);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t newline = before.rfind('\n');
    const std::size_t column = newline == std::string_view::npos
                                   ? offset + 1 + static_cast<std::size_t>(program.options.column_offset)
                                   : offset - newline;
    return concat("template: ", program.name, ":", line, ":", column);
}

void parse_error(const Program& program, std::size_t offset, const std::string& message) {
    throw Error{ErrorKind::Invalid, concat(position(program, std::min(offset, program.source.size())), ": ", message)};
}

void parse_program(Program& program) { Parser{program}.run(); }

}  // namespace skiff::cli::tmpl
