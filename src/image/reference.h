#pragma once
/// Names of images: [REGISTRY/]PATH[:TAG][@DIGEST], or an image's ID.
///
/// A name without a registry is short. What it means depends on who asks: what a user tags or builds lands
/// below localhost/, what an archive of docker's calls "busybox" is docker.io/library/busybox, and looking
/// for a local image tries both (see ImageStore::find). Nothing here touches a file or the database.
/// Source: distribution-spec, "Pulling manifests" (grammars of <name> and <reference>); image-spec,
/// descriptor.md, "Digests".

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/digest.h"

namespace skiff::image {

/// A parsed name. Every part has passed its grammar, so it may be shown, stored and compared; none may be
/// used as a path.
struct Reference {
    std::string registry;  ///< "docker.io", "localhost", "[::1]:5000"; empty in a short name
    std::string path;      ///< "library/busybox"
    std::string tag;       ///< empty when not given
    std::optional<Digest> digest;

    bool is_short() const noexcept { return registry.empty(); }
    /// "docker.io/library/busybox": without tag and digest.
    std::string repository() const;
    /// All that is there: "REPOSITORY:TAG@DIGEST".
    std::string text() const;

    bool operator==(const Reference&) const = default;
};

/// What a short name's missing registry becomes.
enum class Default { Localhost, DockerHub };

/// Parses without filling anything in. Throws Error{Invalid} saying what is wrong with which part.
Reference parse_reference(std::string_view text);
/// The same, or nullopt.
std::optional<Reference> try_parse_reference(std::string_view text);

/// Parses and completes: the registry by `missing`, the tag "latest" unless a tag or a digest is there,
/// docker.io's one-word paths below library/, index.docker.io as docker.io. A tag beside a digest is dropped,
/// as the digest alone decides.
Reference normalize_reference(std::string_view text, Default missing);
Reference complete(Reference reference, Default missing);

/// The full names a local image may have when a user says `reference`, best first: itself when it has a
/// registry, else localhost/ before docker.io's.
std::vector<Reference> local_candidates(const Reference& reference);

/// The hex digits when `text` may be an image's ID or a prefix of one ("sha256:" in front allowed): lower case,
/// 3 to 64 digits.
std::optional<std::string> as_id_prefix(std::string_view text);

}  // namespace skiff::image
