#include "image/manifest.h"

#include <algorithm>
#include <array>

#include "util/corrupt.h"
#include "util/error.h"
#include "util/json.h"
#include "util/sha256.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr std::int64_t kBlobSizeLimit = std::int64_t{1} << 50;

bool is_manifest_type(std::string_view type) { return type == media::kOciManifest || type == media::kDockerManifest; }
bool is_index_type(std::string_view type) { return type == media::kOciIndex || type == media::kDockerList; }

/// Other programs (Go's JSON) match members whatever their case: what we would overlook, they would obey.
void refuse_member_case(const Json& document) {
    static constexpr std::array<std::string_view, 6> kKnown = {"schemaVersion", "mediaType", "config", "layers", "manifests", "fsLayers"};
    for (const auto& [key, value] : document.items())
        for (const auto known : kKnown)
            if (key != known && lower(key) == lower(known)) throw_corrupt(concat("member ", quote(key), " should be ", quote(known)));
}

Json parse_document(std::string_view text) {
    if (text.size() > kManifestLimitBytes) throw_corrupt(concat("larger than ", kManifestLimitBytes, " bytes"));
    Json document = parse_json(text, "the document");
    if (!document.is_object()) throw_corrupt("not a JSON object");
    refuse_member_case(document);
    const auto version = int_or(document, "schemaVersion");
    if (version == 1 || member(document, "fsLayers") != nullptr)
        throw Error{ErrorKind::Unsupported, "a schema 1 manifest, which nobody should use any more", "push the image again with a current tool"};
    if (version != 2) throw_corrupt("schemaVersion is not 2");
    return document;
}

DocumentKind kind_by_members(const Json& document) {
    const bool index = member(document, "manifests") != nullptr;
    const bool manifest = member(document, "layers") != nullptr || member(document, "config") != nullptr;
    if (index && manifest) throw_corrupt("both a manifest and an index");
    if (!index && !manifest) throw_corrupt("neither a manifest nor an index");
    return index ? DocumentKind::Index : DocumentKind::Manifest;
}

void check_type(std::string_view type, DocumentKind kind, std::string_view who) {
    const bool good = kind == DocumentKind::Index ? is_index_type(type) : is_manifest_type(type);
    if (good) return;
    if (is_index_type(type) || is_manifest_type(type))
        throw_corrupt(concat(who, " media type ", quote(type), " contradicts the content"));
    throw Error{ErrorKind::Unsupported, concat(who, " media type ", quote(type), " is not an image's")};
}

/// The document's media type: its own, the declared one, or by what it holds.
std::string media_type_of(const Json& document, DocumentKind kind, std::string_view declared) {
    const std::string own = string_or(document, "mediaType");
    if (!own.empty()) check_type(own, kind, "its");
    if (!declared.empty()) check_type(declared, kind, "declared");
    if (!own.empty() && !declared.empty() && own != declared)
        throw_corrupt(concat("its media type ", quote(own), " is not the declared ", quote(declared)));
    if (!own.empty()) return own;
    if (!declared.empty()) return std::string{declared};
    return std::string{kind == DocumentKind::Index ? media::kOciIndex : media::kOciManifest};
}

std::map<std::string, std::string> annotations_of(const Json& object) {
    std::map<std::string, std::string> annotations;
    const Json* value = member(object, "annotations");
    if (value == nullptr) return annotations;
    if (!value->is_object()) throw_corrupt("annotations is not an object");
    for (const auto& [key, text] : value->items()) {
        if (!text.is_string()) throw_corrupt(concat("annotation ", quote(key), " is not a string"));
        annotations.emplace(key, text.get<std::string>());
    }
    return annotations;
}

std::optional<Platform> platform_of(const Json& object) {
    const Json* value = member(object, "platform");
    if (value == nullptr) return std::nullopt;
    if (!value->is_object()) throw_corrupt("platform is not an object");
    return Platform{string_or(*value, "os"), string_or(*value, "architecture"), string_or(*value, "variant")};
}

Descriptor descriptor_of(const Json& object) {
    if (!object.is_object()) throw_corrupt("not an object");
    const auto digest = Digest::try_parse(string_or(object, "digest"));
    if (!digest) throw_corrupt(concat("invalid digest ", quote(string_or(object, "digest"))));
    const auto size = int_or(object, "size", -1);
    if (size < 0 || size > kBlobSizeLimit) throw_corrupt("size is missing or out of range");
    return {string_or(object, "mediaType"), *digest,          static_cast<std::uint64_t>(size),
            platform_of(object),            string_or(object, "artifactType"), annotations_of(object)};
}

std::vector<Descriptor> descriptors_of(const Json& document, const char* key) {
    const Json* list = member(document, key);
    std::vector<Descriptor> descriptors;
    if (list == nullptr) return descriptors;
    if (!list->is_array()) throw_corrupt(concat(key, " is not a list"));
    if (list->size() > kLayerCountLimit) throw_corrupt(concat(key, " has more than ", kLayerCountLimit, " entries"));
    for (std::size_t i = 0; i < list->size(); ++i)
        descriptors.push_back(in_context(concat(key, " ", i), [&] { return descriptor_of((*list)[i]); }));
    return descriptors;
}

void check_config_type(const Descriptor& config) {
    if (config.media_type == media::kOciConfig || config.media_type == media::kDockerConfig) return;
    throw Error{ErrorKind::Unsupported, concat("an artifact (config of type ", quote(config.media_type), "), not a container image")};
}

bool is_layer_type(std::string_view type) {
    for (const std::string_view base : {media::kOciLayer, media::kDockerLayer}) {
        if (!type.starts_with(base)) continue;
        const auto suffix = type.substr(base.size());
        if (suffix.empty() || suffix == "+gzip" || suffix == "+zstd" || suffix == ".gzip" || suffix == ".zstd") return true;
    }
    return false;
}

void check_layer_type(const Json& layer, const std::string& type) {
    const Json* urls = member(layer, "urls");
    if (type.find("nondistributable") != std::string::npos || type.find(".foreign.") != std::string::npos ||
        (urls != nullptr && !urls->empty()))
        throw Error{ErrorKind::Unsupported, concat("a foreign layer (", quote(type), "), which would be fetched from somewhere else")};
    if (type.ends_with("+encrypted")) throw Error{ErrorKind::Unsupported, concat("an encrypted layer (", quote(type), ")")};
    if (!is_layer_type(type)) throw Error{ErrorKind::Unsupported, concat("layer media type ", quote(type), " is not known")};
}

void check_layers(const Json& document, const Manifest& manifest) {
    for (std::size_t i = 0; i < manifest.layers.size(); ++i)
        in_context(concat("layer ", i), [&] { check_layer_type(document.at("layers")[i], manifest.layers[i].media_type); });
}

bool is_attestation(const Descriptor& entry) {
    const auto type = entry.annotations.find("vnd.docker.reference.type");
    const bool unknown = entry.platform && entry.platform->os == "unknown" && entry.platform->architecture == "unknown";
    return unknown || (type != entry.annotations.end() && type->second == "attestation-manifest");
}

/// Variants that run where `wanted` is asked for, best first.
std::vector<std::string> usable_variants(const Platform& wanted) {
    std::vector<std::string> usable;
    const bool numbered = wanted.variant.size() == 2 && wanted.variant[0] == 'v' && wanted.variant[1] >= '1' && wanted.variant[1] <= '9';
    const char lowest = wanted.architecture == "arm" ? '5' : wanted.architecture == "arm64" ? '8' : '1';
    if (!wanted.variant.empty() && !numbered) usable.push_back(wanted.variant);
    if (numbered)
        for (char digit = wanted.variant[1]; digit >= lowest; --digit) usable.push_back({'v', digit});
    usable.emplace_back();
    if (wanted.variant.empty()) usable.push_back({'v', lowest});
    return usable;
}

std::string platforms_of(const Index& index) {
    std::vector<std::string> names;
    for (const auto& entry : index.manifests)
        if (is_image_entry(entry)) names.push_back(entry.platform ? entry.platform->text() : "none given");
    return names.empty() ? "it has no image at all" : concat("it has ", join(names, ", "));
}

OrderedJson descriptor_json(const Descriptor& descriptor, bool docker) {
    OrderedJson json;
    json["mediaType"] = descriptor.media_type;
    if (docker) json["size"] = descriptor.size;
    json["digest"] = descriptor.digest.text();
    if (!docker) json["size"] = descriptor.size;
    if (!descriptor.annotations.empty()) json["annotations"] = descriptor.annotations;
    return json;
}

}  // namespace

Platform Platform::host() {
#if defined(__x86_64__)
    return {"linux", "amd64", ""};
#elif defined(__aarch64__)
    return {"linux", "arm64", "v8"};
#elif defined(__arm__)
    return {"linux", "arm", "v7"};
#elif defined(__i386__)
    return {"linux", "386", ""};
#elif defined(__riscv)
    return {"linux", "riscv64", ""};
#elif defined(__powerpc64__)
    return {"linux", "ppc64le", ""};
#elif defined(__s390x__)
    return {"linux", "s390x", ""};
#elif defined(__loongarch64)
    return {"linux", "loong64", ""};
#else
#error "the name that image platforms use for this processor is not known"
#endif
}

Platform Platform::parse(std::string_view text) {
    const auto parts = split(text, '/');
    const auto good = [](const std::string& part) {
        return !part.empty() && part.size() <= 64 &&
               std::all_of(part.begin(), part.end(), [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '_' || c == '-'; });
    };
    if (parts.size() > 3 || !std::all_of(parts.begin(), parts.end(), good))
        throw Error{ErrorKind::Invalid, concat("invalid platform ", quote(text)), "OS[/ARCH[/VARIANT]]"};
    return {parts[0], parts.size() > 1 ? parts[1] : host().architecture, parts.size() == 3 ? parts[2] : ""};
}

std::string Platform::text() const { return concat(os, "/", architecture, variant.empty() ? "" : "/", variant); }

DocumentKind kind_of_document(std::string_view text, std::string_view declared, std::string_view name) {
    return in_context(name, [&] {
        const Json document = parse_document(text);
        const auto kind = kind_by_members(document);
        media_type_of(document, kind, declared);
        return kind;
    });
}

Manifest parse_manifest(std::string_view text, std::string_view declared, std::string_view name) {
    return in_context(name, [&] {
        const Json document = parse_document(text);
        if (kind_by_members(document) != DocumentKind::Manifest) throw_corrupt("an index where a manifest was expected");
        std::string type = media_type_of(document, DocumentKind::Manifest, declared);
        const Json* config = member(document, "config");
        if (config == nullptr) throw_corrupt("a manifest without config");
        Manifest manifest{std::move(type), in_context("config", [&] { return descriptor_of(*config); }),
                          descriptors_of(document, "layers"), annotations_of(document)};
        check_config_type(manifest.config);
        check_layers(document, manifest);
        return manifest;
    });
}

Index parse_index(std::string_view text, std::string_view declared, std::string_view name) {
    return in_context(name, [&] {
        const Json document = parse_document(text);
        if (kind_by_members(document) != DocumentKind::Index) throw_corrupt("a manifest where an index was expected");
        return Index{media_type_of(document, DocumentKind::Index, declared), descriptors_of(document, "manifests"), annotations_of(document)};
    });
}

bool is_image_entry(const Descriptor& entry) {
    return (is_manifest_type(entry.media_type) || is_index_type(entry.media_type)) && entry.artifact_type.empty() && !is_attestation(entry);
}

Descriptor parse_descriptor(const Json& object) { return descriptor_of(object); }

const Descriptor* try_select_platform(const Index& index, const Platform& wanted) {
    std::vector<const Descriptor*> images;
    for (const auto& entry : index.manifests)
        if (is_image_entry(entry)) images.push_back(&entry);
    if (images.size() == 1 && !images.front()->platform) return images.front();
    for (const auto& variant : usable_variants(wanted))
        for (const auto* entry : images)
            if (entry->platform == Platform{wanted.os, wanted.architecture, variant}) return entry;
    return nullptr;
}

const Descriptor& select_platform(const Index& index, const Platform& wanted, std::string_view name) {
    if (const auto* chosen = try_select_platform(index, wanted)) return *chosen;
    throw Error{ErrorKind::NotFound, concat(name, ": no image for ", wanted.text(), ": ", platforms_of(index)), "choose one with --platform"};
}

void verify_content(std::string_view content, const Descriptor& descriptor, std::string_view name) {
    if (content.size() != descriptor.size)
        throw_corrupt(concat(name, ": has ", content.size(), " bytes, should have ", descriptor.size));
    Hasher hasher{descriptor.digest.algorithm()};
    hasher.update(content);
    const auto actual = hasher.finish_hex();
    if (actual != descriptor.digest.hex())
        throw_corrupt(concat(name, ": has digest ", descriptor.digest.algorithm(), ":", actual, ", should have ", descriptor.digest.text()));
}

std::string write_manifest(const Manifest& manifest) {
    const bool docker = manifest.media_type == media::kDockerManifest;
    OrderedJson json;
    json["schemaVersion"] = 2;
    json["mediaType"] = manifest.media_type;
    json["config"] = descriptor_json(manifest.config, docker);
    json["layers"] = OrderedJson::array();
    for (const auto& layer : manifest.layers) json["layers"].push_back(descriptor_json(layer, docker));
    if (!manifest.annotations.empty()) json["annotations"] = manifest.annotations;
    return dump(json);
}

}  // namespace skiff::image
