#include <fcntl.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/image_progress.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/registry_flags.h"
#include "image/jobs.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct PushCommand {
    std::vector<std::string> words;
    std::string compression, digestfile, format;
    std::optional<std::int64_t> level;
    bool force = false, quiet = false, remove_signatures = false;
    RegistryFlags registry;
};

image::Location registry_location(const std::string& name) {
    auto reference = image::normalize_reference(name, image::Default::DockerHub);
    return {image::Transport::Docker, reference.text(), {}};
}

/// Where it goes: what is said, else what the image's name says.
image::Location destination_of(const image::ImageStore& store, const PushCommand& command) {
    if (command.words.size() > 2) throw Error{ErrorKind::Invalid, concat("an image and at most one destination are wanted, not ", command.words.size(), " arguments")};
    if (command.words.size() == 1) {
        const auto found = store.resolve(command.words[0]);
        if (found.by != image::FoundBy::Name)
            throw Error{ErrorKind::Invalid, concat("pushing ", quote(command.words[0]), ": an ID does not say where to"), "name a destination"};
        return registry_location(found.name);
    }
    auto location = image::parse_location(command.words[1]);
    if (!location) return registry_location(command.words[1]);
    return location->transport == image::Transport::Docker ? registry_location(location->path) : *location;
}

storage::Compression compression_of(const std::string& text) {
    if (text == "gzip") return storage::Compression::Gzip;
    if (text == "zstd") return storage::Compression::Zstd;
    if (text == "zstd:chunked") throw Error{ErrorKind::Unsupported, "--compression-format zstd:chunked is not supported by this version: the table of contents is not written", "zstd is"};
    throw Error{ErrorKind::Invalid, concat("--compression-format: no format ", quote(text)), "gzip or zstd"};
}

image::OutgoingOptions outgoing_of(const PushCommand& command) {
    image::OutgoingOptions options;
    if (command.format == "oci") options.format = image::ManifestFormat::Oci;
    else if (command.format == "v2s2" || command.format == "docker") options.format = image::ManifestFormat::Docker;
    else if (!command.format.empty()) throw Error{ErrorKind::Invalid, concat("--format: no format ", quote(command.format)), "oci or v2s2"};
    if (!command.compression.empty()) options.compression = compression_of(command.compression);
    if (command.level) options.level = static_cast<int>(*command.level);
    options.force_compression = command.force;
    if (options.format == image::ManifestFormat::Docker && options.compression == storage::Compression::Zstd)
        throw Error{ErrorKind::Invalid, "--format v2s2 has no layers in zstd", "use --format oci"};
    return options;
}

int push(libpod::Runtime& runtime, const PushCommand& command, const Environment& environment) {
    if (command.words.empty()) throw Error{ErrorKind::Invalid, "an image is missing"};
    image::PushRequest request;
    request.outgoing = outgoing_of(command);
    request.options = registry_options(command.registry, environment);
    request.destination = destination_of(runtime.images(), command);
    request.id = runtime.images().resolve(command.words[0]).id;
    const auto digest = image::run_push(runtime.images(), request, image_progress(command.quiet));
    if (!command.digestfile.empty()) {
        const auto file = open_at(AT_FDCWD, command.digestfile, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        write_all(file.get(), digest.text(), "--digestfile");
    }
    return 0;
}

}  // namespace

void define_push(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<PushCommand>();
    add_arguments(command, "IMAGE DESTINATION", call->words, /*required=*/true);
    add_registry_flags(command, call->registry);
    add_retry_flags(command, call->registry);
    add_string(command, "--compression-format", call->compression, "FORMAT", "gzip or zstd, for layers that are compressed anew");
    add_int(command, "--compression-level", call->level, "LEVEL", "How hard to compress: gzip 1 to 9, zstd -7 to 20");
    add_string(command, "--digestfile", call->digestfile, "FILE", "Write the manifest's digest to a file");
    add_flag(command, "--force-compression", call->force, "Compress layers anew that are compressed otherwise");
    add_string(command, "-f,--format", call->format, "FORMAT", "Manifest to write: oci or v2s2");
    add_flag(command, "-q,--quiet", call->quiet, "Show no progress");
    add_flag(command, "--remove-signatures", call->remove_signatures, "Copy no signatures: none are in any case");
    add_refused(command, "--compress", Takes::Nothing, "layers are always written compressed");
    add_refused(command, "--disable-content-trust", Takes::Nothing, "there is no content trust to switch off");
    for (const char* name : {"--encrypt-layer", "--encryption-key"}) add_refused(command, name, Takes::Value, "encrypted images are not implemented");
    for (const char* name : {"--sign-by", "--sign-by-sigstore", "--sign-by-sigstore-private-key", "--sign-by-sq-fingerprint", "--sign-passphrase-file"})
        add_refused(command, name, Takes::Value, "signatures are not implemented");
    invocation.action = [call, &invocation](libpod::Runtime& runtime) { return push(runtime, *call, invocation.environment); };
}

}  // namespace skiff::cli
