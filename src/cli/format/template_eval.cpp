/// Runs a parsed template. Source: Go package text/template, "Actions" and "Pipelines".

#include <optional>

#include "cli/format/go_time_value.h"
#include "cli/format/omitted_members.h"
#include "cli/format/renamed_members.h"
#include "cli/format/template_ast.h"
#include "cli/format/template_functions.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace tmpl {
namespace {

using TitleOf = std::function<std::string(std::string_view)>;

enum class Flow { Next, Break, Continue };

struct Variable {
    std::string_view name;
    Value value;
};

class Execution {
public:
    Execution(const Program& program, std::string& out, const Methods& methods, const MapNames& maps, const TitleOf* title)
        : program_{program}, out_{out}, start_{out.size()}, methods_{methods}, maps_{maps}, title_{title} {}

    void run(const Value& dot) {
        variables_.push_back({"$", dot});
        walk(program_.body, dot);
    }

private:
    // Errors and limits. -----------------------------------------------------------------------

    /// As Go: position, the template, the text at fault (cut at 20 characters), what is wrong.
    [[noreturn]] void fail(const Span& span, std::string_view message) const {
        std::string_view at = std::string_view{program_.source}.substr(span.begin, span.end - span.begin);
        const bool cut = at.size() > 20;
        at = at.substr(0, 20);
        throw Error{ErrorKind::Invalid, concat(position(program_, span.begin), ": executing \"", program_.name, "\" at <", at,
                                               cut ? "..." : "", ">: ", message)};
    }

    void step(const Span& span) {
        if (++steps_ > program_.options.limits.steps) fail(span, "the template takes too many steps");
        if (out_.size() - start_ > program_.options.limits.output_bytes) fail(span, "the output is too long");
    }

    void check_size(const Value& value, const Span& span) const {
        if (value.is_string() && value.text().size() > program_.options.limits.output_bytes) fail(span, "a string is too long");
    }

    // Nodes. -----------------------------------------------------------------------------------

    Flow walk(const std::vector<Node>& nodes, const Value& dot) {
        for (const Node& node : nodes) {
            const Flow flow = walk(node, dot);
            if (flow != Flow::Next) return flow;
        }
        return Flow::Next;
    }

    Flow walk(const Node& node, const Value& dot) {
        step(node.span);
        switch (node.kind) {
            case Node::Kind::Text: out_ += node.text; return Flow::Next;
            case Node::Kind::Action: action(node, dot); return Flow::Next;
            case Node::Kind::If:
            case Node::Kind::With: return branch(node, dot);
            case Node::Kind::Range: return range(node, dot);
            case Node::Kind::Template: call_template(node, dot); return Flow::Next;
            case Node::Kind::Break: return Flow::Break;
            case Node::Kind::Continue: return Flow::Continue;
        }
        return Flow::Next;
    }

    void action(const Node& node, const Value& dot) {
        const Value value = pipeline(node.pipeline, dot);
        if (node.pipeline.variables.empty()) append_result(out_, value, maps_);
    }

    /// A condition on a column's value: the heading is the column's title.
    bool print_title(const Value& value) {
        if (value.kind() != Value::Kind::Title) return false;
        out_ += value.text();
        return true;
    }

    Flow branch(const Node& node, const Value& dot) {
        const std::size_t scope = variables_.size();
        const Value value = pipeline(node.pipeline, dot);
        Flow flow = Flow::Next;
        if (!print_title(value)) {
            const bool with = node.kind == Node::Kind::With;
            flow = truth(value) ? walk(node.body, with ? value : dot) : walk(node.otherwise, dot);
        }
        variables_.resize(scope);
        return flow;
    }

    Flow range(const Node& node, const Value& dot) {
        const std::size_t scope = variables_.size();
        const Value value = evaluate(node.pipeline, dot);
        Flow flow = Flow::Next;
        if (!print_title(value) && !iterate(node, value)) flow = walk(node.otherwise, dot);
        variables_.resize(scope);
        return flow;
    }

    /// False when there is nothing to iterate over.
    bool iterate(const Node& node, const Value& value) {
        const OrderedJson& json = value.json();
        if (json.is_array()) {
            std::int64_t at = 0;
            for (const auto& element : json) {
                const Value item = value.part(element);
                if (!one_round(node, Value{OrderedJson(at++)}, value.is_row() ? item.as_row() : item)) break;
            }
            return !json.empty();
        }
        if (json.is_object() && value.is_map()) {
            for (const auto& [key, element] : sorted_members(json))
                if (!one_round(node, Value::of(std::string{key}), member_value(value, key, *element))) break;
            return !json.empty();
        }
        if (json.is_number_integer()) return count_up(node, json.get<std::int64_t>());
        if (!json.is_null()) fail(node.pipeline.span, concat("range can't iterate over ", shown(value)));
        return false;
    }

    bool count_up(const Node& node, std::int64_t end) {
        for (std::int64_t i = 0; i < end; ++i)
            if (!one_round(node, Value{OrderedJson(i)}, Value{OrderedJson(i)})) break;
        return end > 0;
    }

    /// False after `{{break}}`.
    bool one_round(const Node& node, Value key, const Value& element) {
        step(node.span);
        const auto& names = node.pipeline.variables;
        const std::size_t scope = variables_.size();
        if (names.size() == 2) set_variable(node.pipeline, 0, std::move(key));
        if (!names.empty()) set_variable(node.pipeline, names.size() - 1, element);
        const Flow flow = walk(node.body, element);
        variables_.resize(scope);
        return flow != Flow::Break;
    }

    void call_template(const Node& node, const Value& dot) {
        const auto found = program_.templates.find(node.text);
        if (found == program_.templates.end()) fail(node.span, concat("template ", quote(node.text), " not defined"));
        if (++depth_ > program_.options.limits.depth) fail(node.span, "templates call each other too deeply");
        const Value argument = node.pipeline.commands.empty() ? Value{} : pipeline(node.pipeline, dot);
        auto outer = std::exchange(variables_, {});
        variables_.push_back({"$", argument});
        walk(found->second, argument);
        variables_ = std::move(outer);
        --depth_;
    }

    // Pipelines. -------------------------------------------------------------------------------

    Value pipeline(const Pipeline& pipeline, const Value& dot) {
        Value value = evaluate(pipeline, dot);
        if (!pipeline.variables.empty()) set_variable(pipeline, 0, value);
        return value;
    }

    /// Without setting variables: range sets its own, a round at a time.
    Value evaluate(const Pipeline& pipeline, const Value& dot) {
        std::optional<Value> value;
        for (const Command& command : pipeline.commands) value = run_command(command, dot, value);
        return *value;
    }

    void set_variable(const Pipeline& pipeline, std::size_t index, Value value) {
        const std::string& name = pipeline.variables[index];
        if (!pipeline.assigns) return variables_.push_back({name, std::move(value)});
        for (auto variable = variables_.rbegin(); variable != variables_.rend(); ++variable) {
            if (variable->name != name) continue;
            variable->value = std::move(value);
            return;
        }
        fail(pipeline.span, concat("undefined variable: ", name));
    }

    Value variable(const Operand& operand) const {
        for (auto variable = variables_.rbegin(); variable != variables_.rend(); ++variable)
            if (variable->name == operand.name) return variable->value;
        fail(operand.span, concat("undefined variable: ", operand.name));
    }

    /// `final` is what the previous command of the pipeline gave: the last argument of this one.
    Value run_command(const Command& command, const Value& dot, const std::optional<Value>& final) {
        step(command.span);
        const Operand& first = command.words.front();
        if (first.kind == Operand::Kind::Function) return function(command, dot, final);
        const bool has_arguments = command.words.size() > 1 || final.has_value();
        if (!has_arguments) return operand(first, dot);
        if (first.fields.empty()) fail(first.span, "can't give argument to non-function");
        const Value receiver = fields(base(first, dot), first, first.fields.size() - 1);
        return method(receiver, first.fields.back(), arguments(command, dot, final));
    }

    std::vector<Value> arguments(const Command& command, const Value& dot, const std::optional<Value>& final) {
        std::vector<Value> values;
        values.reserve(command.words.size());
        for (std::size_t i = 1; i < command.words.size(); ++i) values.push_back(argument(command.words[i], dot));
        if (final) values.push_back(*final);
        return values;
    }

    Value argument(const Operand& word, const Value& dot) {
        if (word.kind == Operand::Kind::Function) return call(word, {});
        return operand(word, dot);
    }

    Value function(const Command& command, const Value& dot, const std::optional<Value>& final) {
        const Operand& word = command.words.front();
        if (word.name == "and" || word.name == "or") return short_circuit(command, dot, final);
        return call(word, arguments(command, dot, final));
    }

    Value call(const Operand& word, const std::vector<Value>& values) {
        step(word.span);
        try {
            Value result = call_function(word.name, values, {maps_, program_.options.limits.output_bytes});
            check_size(result, word.span);
            return result;
        } catch (const Error& error) {
            fail(word.span, concat("error calling ", word.name, ": ", error.what()));
        }
    }

    /// `and` gives the first empty argument or the last, `or` the first that is not empty or the last.
    Value short_circuit(const Command& command, const Value& dot, const std::optional<Value>& final) {
        const bool stop_at = command.words.front().name == "or";
        Value value;
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            value = argument(command.words[i], dot);
            if (truth(value) == stop_at) return value;
        }
        if (final) return *final;
        if (command.words.size() == 1) fail(command.span, concat("wrong number of args for ", command.words.front().name, ": want at least 1 got 0"));
        return value;
    }

    // Operands. --------------------------------------------------------------------------------

    Value operand(const Operand& operand, const Value& dot) { return fields(base(operand, dot), operand, operand.fields.size()); }

    Value base(const Operand& operand, const Value& dot) {
        switch (operand.kind) {
            case Operand::Kind::Dot:
            case Operand::Kind::Fields: return dot;
            case Operand::Kind::Literal: return Value::refer(operand.literal);
            case Operand::Kind::Variable: return variable(operand);
            case Operand::Kind::Function: return call(operand, {});
            case Operand::Kind::Parenthesis: return parenthesis(operand, dot);
        }
        return {};
    }

    Value parenthesis(const Operand& operand, const Value& dot) {
        const std::size_t scope = variables_.size();
        Value value = pipeline(*operand.pipeline, dot);
        variables_.resize(scope);
        return value;
    }

    Value fields(Value value, const Operand& operand, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) value = field(value, operand.fields[i]);
        return value;
    }

    Value field(const Value& value, const FieldName& field) {
        step(field.span);
        if (value.kind() == Value::Kind::Title) return titled(field);
        if (value.is_row() && methods_.find(field.name) != methods_.end()) return method(value, field, {});
        const OrderedJson& json = value.json();
        if (value.kind() == Value::Kind::Missing) fail(field.span, concat("no value to take field ", field.name, " of"));
        if (json.is_null() && value.is_map()) return {};
        if (value.is_time()) return method_of_time(value, field, {});
        if (json.is_null()) fail(field.span, concat("nil data; no entry for key ", quote(field.name)));
        if (!json.is_object()) fail(field.span, concat("can't evaluate field ", field.name, " in type ", type_name(value)));
        const auto found = json.find(field.name);
        if (found != json.end()) return member_value(value, field.name, *found);
        if (value.is_map()) return {};
        for (const auto& key : json_keys(field.name))
            if (const auto renamed = json.find(key); renamed != json.end()) return member_value(value, field.name, *renamed);
        if (const OrderedJson* empty = omitted_member(value.is_row() ? "." : value.name(), field.name)) return member_value(value, field.name, *empty);
        fail(field.span, concat("can't evaluate field ", field.name, suggestion(json, field.name, value.is_row())));
    }

    Value member_value(const Value& object, std::string_view key, const OrderedJson& json) const {
        const Value value = object.part(json).as_member(object.name(), key);
        if (value.is_string() && !program_.options.times_as_text && is_time(key, value.text())) return value.as_time();
        return is_map_name(maps_, object.name(), key) ? value.as_map() : value;
    }

    Value titled(const FieldName& field) const {
        try {
            return Value::title((*title_)(field.name));
        } catch (const Error& error) {
            fail(field.span, error.what());
        }
    }

    /// " (did you mean .Names?)" where one name is close.
    std::string suggestion(const OrderedJson& object, std::string_view name, bool row) const {
        std::string best;
        std::size_t distance = 3;
        const auto consider = [&](const std::string& candidate) {
            const std::size_t edits = lower(candidate) == lower(name) ? 0 : edit_distance(candidate, name);
            if (edits < distance) distance = edits, best = candidate;
        };
        for (const auto& [key, value] : object.items()) consider(key);
        if (row)
            for (const auto& [key, value] : methods_) consider(key);
        return best.empty() ? std::string{} : concat(" (did you mean .", best, "?)");
    }

    Value method(const Value& receiver, const FieldName& field, const std::vector<Value>& values) {
        if (receiver.kind() == Value::Kind::Title)
            return !values.empty() && values[0].is_string() ? Value::title(values[0].text()) : titled(field);
        if (receiver.is_time()) return method_of_time(receiver, field, values);
        const auto found = receiver.is_row() ? methods_.find(field.name) : methods_.end();
        if (found == methods_.end()) fail(field.span, concat(field.name, " is not a method but has arguments"));
        std::vector<OrderedJson> plain;
        for (const Value& value : values) plain.push_back(value.json());
        try {
            Value result{found->second(receiver.json(), plain)};
            return is_map_name(maps_, {}, field.name) ? result.as_map() : result;
        } catch (const Error& error) {
            fail(field.span, concat("error calling ", field.name, ": ", error.what()));
        }
    }

    Value method_of_time(const Value& time, const FieldName& field, const std::vector<Value>& values) {
        std::vector<OrderedJson> plain;
        for (const Value& value : values) plain.push_back(value.json());
        try {
            if (auto result = time_method(time.text(), field.name, plain)) return Value{std::move(*result)};
        } catch (const Error& error) {
            fail(field.span, concat("error calling ", field.name, ": ", error.what()));
        }
        fail(field.span, concat("can't evaluate field ", field.name, " in type time.Time"));
    }

    std::string shown(const Value& value) const {
        std::string text;
        append_value(text, value, maps_);
        constexpr std::size_t kShown = 40;
        return text.size() > kShown ? text.substr(0, kShown) + "..." : text;
    }

    const Program& program_;
    std::string& out_;
    std::size_t start_;
    const Methods& methods_;
    const MapNames& maps_;
    const TitleOf* title_;
    std::vector<Variable> variables_;
    std::size_t steps_ = 0;
    int depth_ = 0;
};

}  // namespace
}  // namespace tmpl

Template Template::parse(std::string_view name, std::string_view text, const TemplateOptions& options) {
    auto program = std::make_shared<tmpl::Program>();
    program->name = name;
    program->source = text;
    program->options = options;
    tmpl::parse_program(*program);
    return Template{std::move(program)};
}

void Template::execute(const OrderedJson& dot, std::string& out, const Methods& methods, const MapNames& maps) const {
    tmpl::Execution{*program_, out, methods, maps, nullptr}.run(tmpl::Value::refer(dot).as_row());
}

void Template::execute_titles(const std::function<std::string(std::string_view)>& title, std::string& out) const {
    tmpl::Execution{*program_, out, {}, podman_maps(), &title}.run(tmpl::Value::title({}).as_row());
}

}  // namespace skiff::cli
