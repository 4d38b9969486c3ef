#pragma once
/// Manifests and indexes, OCI's and Docker's schema 2, read strictly: they come from archives and registries and
/// may be anything. Source: image-spec, manifest.md, image-index.md, descriptor.md; distribution's
/// "Image Manifest Version 2, Schema 2". Security: CVE-2021-41190, CVE-2024-3727.

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/digest.h"

namespace skiff::image {

inline constexpr std::size_t kManifestLimitBytes = 4U << 20;
inline constexpr std::size_t kLayerCountLimit = 10000;

/// The annotation of an index entry that names its tag. Source: image-spec, annotations.md.
inline constexpr const char* kRefName = "org.opencontainers.image.ref.name";

namespace media {
inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kOciConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view kOciLayer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr std::string_view kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerList = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kDockerConfig = "application/vnd.docker.container.image.v1+json";
inline constexpr std::string_view kDockerLayer = "application/vnd.docker.image.rootfs.diff.tar";
}  // namespace media

struct Platform {
    std::string os;
    std::string architecture;  ///< Go's names: amd64, arm64, …
    std::string variant;       ///< "v7", "v8"; may be empty

    /// What this program was built for, on Linux.
    static Platform host();
    /// "OS[/ARCH[/VARIANT]]"; without one, this host's architecture. Throws Error{Invalid}.
    static Platform parse(std::string_view text);
    std::string text() const;
    bool operator==(const Platform&) const = default;
};

struct Descriptor {
    std::string media_type;
    Digest digest;
    std::uint64_t size = 0;
    std::optional<Platform> platform;  ///< of an index's entries
    std::string artifact_type;
    std::map<std::string, std::string> annotations;
};

struct Manifest {
    std::string media_type;  ///< kOciManifest or kDockerManifest
    Descriptor config;
    std::vector<Descriptor> layers;  ///< bottom first
    std::map<std::string, std::string> annotations;
};

struct Index {
    std::string media_type;
    std::vector<Descriptor> manifests;
    std::map<std::string, std::string> annotations;
};

enum class DocumentKind { Manifest, Index };

/// What `text` is. `declared` is the media type that somebody else gave (a descriptor, Content-Type); empty: none. Throws
/// Error{Corrupt} when the document is two things at once, contradicts `declared` or itself, Error{Unsupported} for
/// schema 1. `name` is for errors.
DocumentKind kind_of_document(std::string_view text, std::string_view declared, std::string_view name);

/// Throws Error{Corrupt} naming the member that is wrong, Error{Unsupported} for artifacts, foreign layers and
/// encrypted layers.
Manifest parse_manifest(std::string_view text, std::string_view declared, std::string_view name);
Index parse_index(std::string_view text, std::string_view declared, std::string_view name);

/// The entry of `index` for `wanted`: the exact variant, else the nearest lower one of the same architecture (arm v7 → v6 → v5),
/// else one without variant. Attestations and artifacts are never chosen. An index of one entry without platform is taken
/// as it is. Throws Error{NotFound} listing the platforms there are.
const Descriptor& select_platform(const Index& index, const Platform& wanted, std::string_view name);
/// The same, or nullptr.
const Descriptor* try_select_platform(const Index& index, const Platform& wanted);
/// True for an entry that is an image or an index, no attestation and no artifact.
bool is_image_entry(const Descriptor& entry);
/// One descriptor object. Throws Error{Corrupt} naming the member that is wrong.
Descriptor parse_descriptor(const nlohmann::json& object);

/// Throws Error{Corrupt} naming both unless `content` has the size and the digest that `descriptor` says.
void verify_content(std::string_view content, const Descriptor& descriptor, std::string_view name);

/// The text of a manifest, members in the specifications' order.
std::string write_manifest(const Manifest& manifest);

}  // namespace skiff::image
