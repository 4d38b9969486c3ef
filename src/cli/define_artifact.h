#pragma once
/// The commands of `artifact`; see define.h.

namespace CLI {
class App;
}

namespace skiff::cli {

struct Invocation;

void define_artifact_add(CLI::App& command, Invocation& invocation);
void define_artifact_extract(CLI::App& command, Invocation& invocation);
void define_artifact_inspect(CLI::App& command, Invocation& invocation);
void define_artifact_ls(CLI::App& command, Invocation& invocation);
void define_artifact_pull(CLI::App& command, Invocation& invocation);
void define_artifact_push(CLI::App& command, Invocation& invocation);
void define_artifact_rm(CLI::App& command, Invocation& invocation);

}  // namespace skiff::cli
