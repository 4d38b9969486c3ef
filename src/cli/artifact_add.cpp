#include <memory>
#include <string>
#include <vector>

#include "cli/define_artifact.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "image/artifact.h"
#include "image/image_store.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct ArtifactAddCall {
    std::vector<std::string> words, annotations;
    std::string type, file_type;
    bool append = false, replace = false;
};

image::ArtifactAddition addition_of(const ArtifactAddCall& call) {
    if (call.words.size() < 2) throw Error{ErrorKind::Invalid, "a name and at least one file are wanted"};
    if (call.append && call.replace) throw Error{ErrorKind::Invalid, "--append and --replace exclude each other"};
    if (call.append && !call.type.empty()) throw Error{ErrorKind::Invalid, "--type cannot be changed by --append"};
    image::ArtifactAddition addition;
    addition.name = image::normalize_reference(call.words.front(), image::Default::Localhost).text();
    addition.files.assign(call.words.begin() + 1, call.words.end());
    addition.type = call.type;
    addition.file_type = call.file_type;
    addition.append = call.append;
    addition.replace = call.replace;
    for (const auto& text : call.annotations) {
        const auto pair = split_once(text, '=');
        if (!pair || pair->first.empty()) throw Error{ErrorKind::Invalid, concat("--annotation ", quote(text), ": KEY=VALUE is wanted")};
        addition.annotations.insert_or_assign(std::string{pair->first}, std::string{pair->second});
    }
    return addition;
}

}  // namespace

void define_artifact_add(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ArtifactAddCall>();
    add_arguments(command, "NAME FILE", call->words, /*required=*/true);
    add_list(command, "--annotation", call->annotations, "KEY=VALUE", "Annotation of each file that is added");
    add_flag(command, "-a,--append", call->append, "Add to an artifact that is there");
    add_string(command, "--file-type", call->file_type, "TYPE", "Media type of the files (default: by their content)");
    add_flag(command, "--replace", call->replace, "Take the place of an artifact of that name");
    add_string(command, "--type", call->type, "TYPE", "What kind of artifact it is");
    invocation.action = [call](libpod::Runtime& runtime) {
        print_line(image::add_artifact(image::ArtifactStore{runtime.images().root()}, runtime.db(), addition_of(*call)).hex());
        return 0;
    };
}

}  // namespace skiff::cli
