#include <fcntl.h>

#include <algorithm>
#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "completion_scripts.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct CompletionCall {
    std::string shell;
    std::string file;
};

std::string_view script_of(const std::string& shell) {
    const auto found = std::ranges::find(kCompletionScripts, shell, &CompletionScript::shell);
    if (found == kCompletionScripts.end()) throw Error{ErrorKind::Invalid, concat("no completion for the shell ", quote(shell)), "bash, zsh, fish"};
    return found->text;
}

int completion(const CompletionCall& call) {
    const std::string_view script = script_of(call.shell);
    if (call.file.empty()) {
        print(script);
        return 0;
    }
    const UniqueFd file = in_context("--file", [&] { return open_at(AT_FDCWD, call.file, O_WRONLY | O_CREAT | O_TRUNC, 0644); });
    write_all(file.get(), script, call.file);
    return 0;
}

}  // namespace

void define_completion(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<CompletionCall>();
    add_argument(command, "SHELL", call->shell);
    add_string(command, "-f,--file", call->file, "FILE", "Write to a file");
    add_refused(command, "--no-desc", Takes::Nothing, "the shells' scripts show no descriptions");
    invocation.needs = Needs::NoDatabase;
    invocation.local_action = [call] { return completion(*call); };
}

}  // namespace skiff::cli
