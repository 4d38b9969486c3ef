#pragma once
/// The parsed form of a Go template. Private to the engine.

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/format/template.h"

namespace skiff::cli::tmpl {

/// Byte range in the template's text; messages show it.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
};

struct Pipeline;

/// `.Name` after another operand, or at the start of a chain.
struct FieldName {
    std::string name;
    Span span;
};

struct Operand {
    enum class Kind { Dot, Literal, Fields, Variable, Function, Parenthesis };
    Kind kind = Kind::Dot;
    Span span;
    std::string name;               ///< of a variable (with `$`) or function
    OrderedJson literal;            ///< string, number, bool, nil
    std::vector<FieldName> fields;  ///< the chain behind the operand
    std::unique_ptr<Pipeline> pipeline;
};

/// An operand with arguments.
struct Command {
    std::vector<Operand> words;
    Span span;
};

struct Pipeline {
    std::vector<std::string> variables;  ///< left of `:=` or `=`
    bool assigns = false;                ///< `=` rather than `:=`
    std::vector<Command> commands;
    Span span;
};

struct Node {
    enum class Kind { Text, Action, If, Range, With, Template, Break, Continue };
    Kind kind = Kind::Text;
    Span span;
    std::string text;  ///< Text: the text; Template: the name
    Pipeline pipeline;
    std::vector<Node> body;
    std::vector<Node> otherwise;
};

struct Program {
    std::string name;
    std::string source;
    TemplateOptions options;
    std::vector<Node> body;
    std::map<std::string, std::vector<Node>, std::less<>> templates;
};

/// "template: NAME:LINE:COLUMN", both from 1.
std::string position(const Program& program, std::size_t offset);
/// Throws Error{Invalid} "template: NAME:LINE:COLUMN: MESSAGE".
[[noreturn]] void parse_error(const Program& program, std::size_t offset, const std::string& message);

/// Fills body and templates from source.
void parse_program(Program& program);

}  // namespace skiff::cli::tmpl
