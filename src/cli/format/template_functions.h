#pragma once
/// The functions a template can call. Private to the engine.
/// Source: Go package text/template, "Functions"; podman-ps(1), --format.

#include <span>
#include <string_view>

#include "cli/format/template_value.h"

namespace skiff::cli::tmpl {

/// What a function may need besides its arguments.
struct FunctionContext {
    const MapNames& maps;
    std::size_t limit_bytes;  ///< of a result
};

/// Includes `and` and `or`, which the evaluator runs itself as they do not evaluate every argument.
bool is_function(std::string_view name);

/// Throws Error{Invalid} "wrong number of args for NAME: …" and the like, without position.
Value call_function(std::string_view name, std::span<const Value> arguments, const FunctionContext& context);

}  // namespace skiff::cli::tmpl
