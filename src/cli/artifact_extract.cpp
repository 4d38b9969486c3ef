#include <fcntl.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/define_artifact.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "image/artifact.h"
#include "image/image_store.h"
#include "libpod/runtime.h"
#include "storage/source.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

namespace fs = std::filesystem;

struct ArtifactExtractCall {
    std::string name, target, title, digest;
};

/// A link at the target is not followed; what is there is replaced.
void extract_artifact_file(const image::ArtifactStore& store, const image::Descriptor& file, const fs::path& target) {
    const auto source = open_at(AT_FDCWD, store.blob_path(file.digest), O_RDONLY);
    storage::FdSource plain{source.get(), file.digest.text()};
    storage::HashingSource hashing{plain};
    const auto directory = open_directory(target.has_parent_path() ? target.parent_path() : fs::path{"."});
    const auto out = open_at(directory.get(), target.filename(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644);
    std::vector<char> buffer(256U << 10);
    while (const auto got = hashing.read(buffer)) write_all(out.get(), {buffer.data(), got}, target.native());
    storage::require_digest(file.digest, hashing.digest(), concat("file ", quote(target.native())));
}

int extract_artifact(const image::ArtifactStore& store, const ArtifactExtractCall& call) {
    if (!call.title.empty() && !call.digest.empty()) throw Error{ErrorKind::Invalid, "--title and --digest exclude each other"};
    const auto artifact = store.find(call.name);
    const bool into_directory = fs::is_directory(call.target);
    const bool one = !call.title.empty() || !call.digest.empty() || artifact.files.size() == 1;
    if (!one && !into_directory)
        throw Error{ErrorKind::Invalid, concat("artifact ", quote(artifact.name), " has ", artifact.files.size(), " files, and ", quote(call.target), " is no directory"),
                    "--title or --digest chooses one"};
    if (one) {
        const auto& file = image::choose_artifact_file(artifact, call.title, call.digest);
        extract_artifact_file(store, file, into_directory ? fs::path{call.target} / image::artifact_file_name(file) : fs::path{call.target});
        return 0;
    }
    for (const auto& file : artifact.files) extract_artifact_file(store, file, fs::path{call.target} / image::artifact_file_name(file));
    return 0;
}

}  // namespace

void define_artifact_extract(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ArtifactExtractCall>();
    add_argument(command, "ARTIFACT", call->name);
    add_argument(command, "PATH", call->target);
    add_string(command, "--digest", call->digest, "DIGEST", "Only the file with this digest");
    add_string(command, "--title", call->title, "TITLE", "Only the file with this title");
    invocation.action = [call](libpod::Runtime& runtime) { return extract_artifact(image::ArtifactStore{runtime.images().root()}, *call); };
}

}  // namespace skiff::cli
