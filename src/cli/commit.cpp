#include "libpod/commit.h"

#include <fcntl.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/image_progress.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct CommitCall {
    std::vector<std::string> words;
    libpod::CommitOptions options;
    std::string format;
    std::string id_file;
    bool quiet = false;
};

// Opened before the work, which may take long: a path that cannot be written is found at once.
UniqueFd open_id_file(const std::string& path) {
    if (path.empty()) return {};
    return in_context("--iidfile", [&] { return open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644); });
}

int commit(libpod::Runtime& runtime, CommitCall call) {
    if (call.words.empty() || call.words.size() > 2) {
        throw Error{ErrorKind::Invalid, concat("a container and at most one image name are wanted, not ", call.words.size(), " arguments")};
    }
    auto& options = call.options;
    if (call.words.size() == 2) {
        if (call.words[1].empty()) throw Error{ErrorKind::Invalid, "invalid image name \"\": it is empty"};
        options.name = call.words[1];
    }
    options.format = image::parse_document_format(call.format);
    if (!options.config_name.empty()) options.config_json = in_context("--config", [&] { return read_file(options.config_name); });
    libpod::Container container = runtime.find(call.words[0]);
    const UniqueFd id_file = open_id_file(call.id_file);
    const std::string id = libpod::commit_container(container, options, image_progress(call.quiet));
    if (id_file) write_all(id_file.get(), id, call.id_file);
    print_line(id);
    return 0;
}

}  // namespace

void define_commit(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<CommitCall>();
    auto& options = call->options;
    add_arguments(command, "CONTAINER IMAGE", call->words);
    add_string(command, "-a,--author", options.author, "NAME", "Author of the image");
    add_list(command, "-c,--change", options.changes, "INSTRUCTION", "Apply CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME or WORKDIR");
    add_string(command, "--config", options.config_name, "FILE", "Take over the configuration in a file");
    add_string(command, "-f,--format", call->format, "FORMAT", "oci or docker");
    add_string(command, "--iidfile", call->id_file, "FILE", "Write the image's ID to a file");
    add_flag(command, "--include-volumes", options.include_volumes, "Make volumes of what is mounted in the container");
    add_string(command, "-m,--message", options.message, "MESSAGE", "Comment of the image");
    add_flag(command, "-p,--pause", options.pause, "Pause the container meanwhile");
    add_flag(command, "-q,--quiet", call->quiet, "Show no progress");
    add_flag(command, "-s,--squash", options.squash, "Make one layer of all");
    invocation.action = [call](libpod::Runtime& runtime) { return commit(runtime, *call); };
}

}  // namespace skiff::cli
