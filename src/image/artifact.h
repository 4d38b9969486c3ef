#pragma once
/// Artifacts: files under a name, with a manifest, as registries keep them; no container runs from one. They lie in an OCI image layout
/// of their own, ROOT/artifacts, which other tools read (`oci:`).
///
/// Locks: whoever changes something holds flock ROOT/artifacts.lock from before the first blob is written until the index is, so that no
/// blob is swept meanwhile; readers need none, as index and blobs are only ever replaced by rename.
/// Source: image-spec, manifest.md ("Guidelines for Artifact Usage"), image-layout.md; podman-artifact(1).

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/manifest.h"
#include "image/reference.h"
#include "state/database.h"
#include "state/file_lock.h"
#include "util/clock.h"
#include "util/digest.h"

namespace skiff::image {

namespace fs = std::filesystem;

/// The annotation of a file that is its name.
inline constexpr const char* kArtifactTitle = "org.opencontainers.image.title";

struct Artifact {
    std::string name;      ///< "REGISTRY/PATH:TAG"
    Digest digest;         ///< of the manifest
    std::string manifest;  ///< byte for byte
    std::string type;      ///< artifactType, else the config's media type
    std::map<std::string, std::string> annotations;
    Descriptor config;
    std::vector<Descriptor> files;
    std::optional<UnixNanos> created;

    std::uint64_t size() const;  ///< of the files, in bytes
};

/// Reads a manifest strictly. Throws Error{Unsupported} for an image's or an index, Error{Corrupt} otherwise.
Artifact parse_artifact(std::string_view text, std::string_view name);
/// What a file is called outside: its title, else its digest with '-' for ':'. Throws Error{Corrupt} for a title that is no file name.
std::string artifact_file_name(const Descriptor& file);
/// The file with this title or this digest ("sha256:…"); both empty: the only one. Throws Error{NotFound}, Error{Ambiguous}.
const Descriptor& choose_artifact_file(const Artifact& artifact, const std::string& title, const std::string& digest);

class ArtifactStore {
public:
    /// `root`: ROOT. Makes nothing until something is added.
    explicit ArtifactStore(fs::path root) : directory_{root / "artifacts"}, lock_file_{root / "artifacts.lock"} {}

    /// By name.
    std::vector<Artifact> list() const;
    /// By name (completed as an image's) or by digest, whole or its beginning, with or without "sha256:". Throws Error{NotFound},
    /// Error{Ambiguous}.
    Artifact find(std::string_view name_or_digest) const;
    std::optional<Artifact> try_find(std::string_view name_or_digest) const;
    fs::path blob_path(const Digest& digest) const;
    /// False where nothing was ever added.
    bool exists() const { return fs::exists(directory_); }

    /// A change: holds the lock and sweeps what nothing refers to when it ends. What a container has mounted stays until a change
    /// after the container's removal, whatever becomes of the name.
    class [[nodiscard]] Change {
    public:
        Change(const ArtifactStore& store, const state::Database& db);
        Change(const Change&) = delete;
        Change& operator=(const Change&) = delete;
        ~Change();

        /// Takes a blob in, unless it is there; `write` gives its bytes to the sink. Throws Error{Corrupt} unless they are the blob's.
        using Sink = std::function<void(std::string_view)>;
        void take(const Descriptor& blob, const std::function<void(const Sink&)>& write) const;
        /// The same for a file whose digest nobody knows yet.
        Descriptor take_file(const fs::path& file, const std::string& media_type) const;
        /// Gives the name to a manifest whose blobs are there, in place of what had it.
        Digest name(const std::string& name, const std::string& manifest) const;
        void forget(const std::string& name) const;

    private:
        void write_index(const Index& index) const;
        const ArtifactStore& store_;
        const state::Database& db_;
        state::FileLock lock_;
    };

private:
    Index read_index() const;
    Artifact read(const Descriptor& entry) const;

    fs::path directory_;
    fs::path lock_file_;
};

struct ArtifactAddition {
    std::string name;  ///< complete
    std::vector<fs::path> files;
    std::string type;       ///< artifactType; empty: unknown
    std::string file_type;  ///< media type of the files; empty: by their content
    std::map<std::string, std::string> annotations;  ///< of each file
    bool append = false, replace = false;
};
/// `artifact add`. Throws Error{Exists} for a name or a title that is taken, Error{NotFound} for an artifact to append to.
Digest add_artifact(const ArtifactStore& store, const state::Database& db, const ArtifactAddition& addition);
/// `artifact rm`, by what ArtifactStore::find takes. Returns the digest of the manifest.
Digest remove_artifact(const ArtifactStore& store, const state::Database& db, std::string_view name_or_digest);
/// Sweeps what earlier changes had to leave to containers. Makes nothing where there were never artifacts.
void sweep_artifacts(const ArtifactStore& store, const state::Database& db);

}  // namespace skiff::image
