#include "cli/push_flags.h"

#include <fcntl.h>

#include "cli/options.h"
#include "image/reference.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

storage::Compression compression_of(const std::string& text) {
    if (text == "gzip") return storage::Compression::Gzip;
    if (text == "zstd" || text == "zstd:chunked") return storage::Compression::Zstd;
    throw Error{ErrorKind::Invalid, concat("--compression-format: no format ", quote(text)), "gzip, zstd or zstd:chunked"};
}

std::optional<image::ManifestFormat> manifest_format_of(const std::string& text) {
    if (text.empty()) return std::nullopt;
    if (text == "oci") return image::ManifestFormat::Oci;
    if (text == "v2s2" || text == "docker") return image::ManifestFormat::Docker;
    throw Error{ErrorKind::Invalid, concat("--format: no format ", quote(text)), "oci or v2s2"};
}

image::Location registry_location(const std::string& name) { return {image::Transport::Docker, image::normalize_reference(name, image::Default::DockerHub).text(), {}}; }

}  // namespace

void add_push_flags(CLI::App& command, PushFlags& flags) {
    add_string(command, "--compression-format", flags.compression, "FORMAT", "gzip, zstd or zstd:chunked: layers that are compressed otherwise are compressed anew");
    add_int(command, "--compression-level", flags.level, "LEVEL", "How hard to compress: gzip 1 to 9, zstd -7 to 20");
    add_flag(command, "--force-compression", flags.force, "Compress layers anew that are compressed otherwise: so by default with --compression-format");
    add_string(command, "-f,--format", flags.format, "FORMAT", "Manifest to write: oci or v2s2");
    add_flag(command, "--remove-signatures", flags.remove_signatures, "Copy no signatures: none are in any case");
    add_signing_flags(command, flags.signing);
}

void add_signing_flags(CLI::App& command, image::SigningKeys& keys) {
    add_string(command, "--sign-by", keys.gpg, "KEY", "Sign with a GPG key: a fingerprint or an address");
    add_string(command, "--sign-by-sigstore-private-key", keys.sigstore_file, "FILE", "Sign for sigstore with a private key in PEM");
    add_string(command, "--sign-passphrase-file", keys.passphrase_file, "FILE", "File whose first line is the key's passphrase");
    add_refused(command, "--sign-by-sigstore", Takes::Value, "Fulcio and Rekor are not implemented");
    add_refused(command, "--sign-by-sq-fingerprint", Takes::Value, "keys are GPG's, not Sequoia's");
}

image::OutgoingOptions outgoing_options(const PushFlags& flags) {
    image::OutgoingOptions options;
    options.format = manifest_format_of(flags.format);
    if (!flags.compression.empty()) options.compression = compression_of(flags.compression);
    options.chunked = flags.compression == "zstd:chunked";
    if (flags.level) options.level = static_cast<int>(*flags.level);
    options.signing = flags.signing;
    options.force_compression = flags.force.value_or(!flags.compression.empty());
    if (options.format == image::ManifestFormat::Docker && options.compression == storage::Compression::Zstd)
        throw Error{ErrorKind::Invalid, "--format v2s2 has no layers in zstd", "use --format oci"};
    if (!flags.signing.passphrase_file.empty() && flags.signing.empty()) throw Error{ErrorKind::Invalid, "--sign-passphrase-file without a key to sign with", "--sign-by names one"};
    return options;
}

image::Location push_destination(const std::string& text) {
    auto location = image::parse_location(text);
    if (!location) return registry_location(text);
    return location->transport == image::Transport::Docker ? registry_location(location->path) : *location;
}

void write_digest_file(const std::string& path, const Digest& digest) {
    const auto file = open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    write_all(file.get(), digest.text(), "--digestfile");
}

}  // namespace skiff::cli
