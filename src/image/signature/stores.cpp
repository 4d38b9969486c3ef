#include "image/signature/stores.h"

#include <fcntl.h>

#include "image/config.h"
#include "image/registry/api.h"
#include "image/registry/status.h"
#include "image/registry/upload.h"
#include "util/base64.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr std::size_t kSignatureLimitBytes = 4U << 20;
constexpr unsigned kSignatureCountLimit = 128;
constexpr const char* kAttachedPayload = "application/vnd.dev.cosign.simplesigning.v1+json";
constexpr const char* kAttachedSignature = "dev.cosignproject.cosign/signature";

std::string signature_place(const std::string& url, const Reference& reference, const Digest& manifest, unsigned number) {
    return concat(url, url.ends_with('/') ? "" : "/", reference.path, "@", manifest.algorithm(), "=", manifest.hex(), "/signature-", number);
}

std::optional<fs::path> as_directory(const std::string& url) {
    constexpr std::string_view kFile = "file://";
    if (!url.starts_with(kFile)) return std::nullopt;
    return fs::path{url.substr(kFile.size())};
}

std::optional<std::string> downloaded(const std::string& url, const registry::Options& options) {
    registry::HttpSettings settings;
    if (options.variable("http_proxy").empty()) settings.plain_proxy = options.variable("HTTP_PROXY");
    settings.no_proxy = concat(options.variable("no_proxy"), ",", options.variable("NO_PROXY"));
    registry::HttpClient client{settings};
    registry::HttpRequest request;
    request.url = registry::Url::parse(url);
    std::string content;
    const auto response = client.perform(request, [&](std::string_view bytes) {
        content.append(bytes);
        if (content.size() > kSignatureLimitBytes) throw Error{ErrorKind::Corrupt, "an endless signature"};
    });
    if (response.status == 404) return std::nullopt;
    registry::require_success(response, concat("signature ", url));
    return content;
}

std::optional<std::string> signature_at(const std::string& place, const registry::Options& options) {
    if (const auto file = as_directory(place)) return read_file_if_exists_at(AT_FDCWD, *file, kSignatureLimitBytes);
    if (place.starts_with("https://") || place.starts_with("http://")) return downloaded(place, options);
    throw Error{ErrorKind::Invalid, concat("signatures at ", quote(place), ": only file:, http: and https: are read")};
}

/// Simple signing's files are OpenPGP messages, with or without a line that says so; others are not for us.
std::optional<std::string> simple_signing(const std::string& content) {
    constexpr std::string_view kHeader{"\0simple-signing\n", 16};
    if (content.starts_with(kHeader)) return content.substr(kHeader.size());
    if (content.empty() || content.front() == '\0') return std::nullopt;
    return content;
}

std::string attachment_tag(const Digest& manifest) { return concat(manifest.algorithm(), "-", manifest.hex(), ".sig"); }

std::optional<registry::FetchedManifest> attachment_manifest(registry::Connection& connection, const Digest& manifest) {
    try {
        return registry::get_manifest(connection, attachment_tag(manifest));
    } catch (const registry::StatusError& error) {
        if (error.status() == 404) return std::nullopt;
        throw;
    }
}

std::string blob_text(registry::Connection& connection, const Descriptor& blob) { return registry::get_blob(connection, blob, kSignatureLimitBytes); }

std::string attached_signature(const Descriptor& layer) {
    const auto found = layer.annotations.find(kAttachedSignature);
    return found == layer.annotations.end() ? std::string{} : base64_decoded(found->second).value_or("");
}

/// The payload layers of an attachment manifest.
std::vector<Descriptor> payload_layers(const Json& document) {
    std::vector<Descriptor> layers;
    const Json* list = member(document, "layers");
    if (list == nullptr || !list->is_array()) throw Error{ErrorKind::Corrupt, "attachments without layers"};
    for (const auto& layer : *list)
        if (string_or(layer, "mediaType") == kAttachedPayload) layers.push_back(parse_descriptor(layer));
    return layers;
}

void upload_text(registry::Connection& connection, const Descriptor& blob, const std::string& text) {
    registry::upload_blob(connection, {blob, {}, [&text] { return std::make_unique<storage::MemorySource>(text); }});
}

/// An image whose layers are the payloads: what every tool that knows attachments reads.
std::string attachments_config(const std::vector<Descriptor>& layers) {
    ImageConfig config;
    config.created = 0;
    config.platform = Platform::host();
    for (const auto& layer : layers) config.diff_ids.push_back(layer.digest);
    return write_config(config);
}

}  // namespace

std::vector<std::string> lookaside_signatures(const SignaturePlaces& places, const Reference& reference, const Digest& manifest, const registry::Options& options) {
    std::vector<std::string> messages;
    if (places.read_url.empty()) return messages;
    for (unsigned number = 1; number <= kSignatureCountLimit; ++number) {
        const auto content = signature_at(signature_place(places.read_url, reference, manifest, number), options);
        if (!content) break;
        if (auto message = simple_signing(*content)) messages.push_back(std::move(*message));
    }
    return messages;
}

void add_lookaside_signature(const SignaturePlaces& places, const Reference& reference, const Digest& manifest, const std::string& message) {
    if (!as_directory(places.write_url)) {
        const auto where = places.write_url.empty() ? std::string{"there is no lookaside"} : concat("it is ", quote(places.write_url));
        throw Error{ErrorKind::Invalid, concat("signatures are written to a file: lookaside, and ", where), "lookaside-staging in registries.d names one"};
    }
    for (unsigned number = 1; number <= kSignatureCountLimit; ++number) {
        const auto file = *as_directory(signature_place(places.write_url, reference, manifest, number));
        if (fs::exists(file)) continue;
        fs::create_directories(file.parent_path());
        const auto directory = open_directory(file.parent_path());
        replace_file_at(directory.get(), file.filename().native(), message, 0644, Sync::Yes);
        return;
    }
    throw Error{ErrorKind::Invalid, concat("there are ", kSignatureCountLimit, " signatures already")};
}

std::vector<Attachment> sigstore_attachments(registry::Connection& connection, const Digest& manifest) {
    std::vector<Attachment> attachments;
    const auto found = attachment_manifest(connection, manifest);
    if (!found) return attachments;
    const auto layers = payload_layers(parse_json(found->text, "attachments"));
    for (std::size_t i = 0; i < layers.size() && i < kSignatureCountLimit; ++i)
        attachments.push_back({blob_text(connection, layers[i]), attached_signature(layers[i])});
    return attachments;
}

void add_sigstore_attachment(registry::Connection& connection, const Digest& manifest, const Attachment& attachment) {
    const auto found = attachment_manifest(connection, manifest);
    auto layers = found ? payload_layers(parse_json(found->text, "attachments")) : std::vector<Descriptor>{};
    Descriptor layer{kAttachedPayload, Digest::of(attachment.payload), attachment.payload.size(), {}, {}, {{kAttachedSignature, base64_encoded(attachment.signature)}}};
    upload_text(connection, layer, attachment.payload);
    layers.push_back(std::move(layer));
    const auto config = attachments_config(layers);
    const Descriptor config_blob{std::string{media::kOciConfig}, Digest::of(config), config.size(), {}, {}, {}};
    upload_text(connection, config_blob, config);
    const auto text = write_manifest({std::string{media::kOciManifest}, config_blob, std::move(layers), {}});
    registry::put_manifest(connection, attachment_tag(manifest), text, std::string{media::kOciManifest});
}

}  // namespace skiff::image
