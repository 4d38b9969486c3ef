#pragma once
/// Splits a template's text into tokens. Source: Go package text/template, "Text and spaces".

#include <string>
#include <vector>

#include "cli/format/template_ast.h"

namespace skiff::cli::tmpl {

struct Token {
    enum class Kind {
        Text, Open, Close, Dot, Field, Variable, Word, String, Number, Pipe, Comma, Declare, Assign, LeftParen, RightParen, End,
    };
    Kind kind = Kind::End;
    Span span;
    std::string text;           ///< without dot (Field); unescaped (Text, String); as written (Number)
    bool space_before = false;  ///< `.A .B` is two operands, `.A.B` one
    bool rune = false;          ///< Number written as a character constant; text is its code point
};

/// Comments are gone and the trim markers applied. The last token is End. Throws Error{Invalid}.
std::vector<Token> tokenize(const Program& program);

}  // namespace skiff::cli::tmpl
