#pragma once
/// The define_* function of every command, one in each file src/cli/<command>.cpp: registers options and arguments
/// and sets the action.

namespace CLI {
class App;
}

namespace skiff::cli {

struct Invocation;

// clang-format off
void define_help(CLI::App& command, Invocation& invocation);
void define_version(CLI::App& command, Invocation& invocation);
// clang-format on

}  // namespace skiff::cli
