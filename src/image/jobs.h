#pragma once
/// Long work on images in a worker process: the CLI process that forks monitors starts no thread and opens no library.
/// See util/worker.h.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "image/commit.h"
#include "image/image_store.h"
#include "image/manifest.h"
#include "image/outgoing.h"
#include "image/policy.h"
#include "image/reference.h"
#include "image/registry/options.h"
#include "image/transport.h"

namespace skiff::image {

/// What a job made of one image.
struct JobImage {
    std::string id;
    std::vector<std::string> names;  ///< those it was given by this job
};

/// Lines for people ("Copying blob …"), in the caller's process.
using Report = std::function<void(std::string_view line)>;

/// What takes images in asks policy.json first (see require_allowed).

/// `load`: every image of an archive or a directory, from `input` (a path) or from standard input when it is empty.
std::vector<JobImage> run_load(const ImageStore& store, const std::string& input, const PolicyFiles& policy, const Report& report);

/// `pull` from a local transport; all images of a docker-archive unless one is named.
std::vector<JobImage> run_pull(const ImageStore& store, const Location& location, const Platform& platform, const PolicyFiles& policy, const Report& report);

struct RegistryPull {
    std::vector<Reference> references;  ///< complete; tried in order until one is there (what a short name may mean)
    bool all_tags = false;              ///< every tag of the repository
    Platform platform = Platform::host();
    registry::Options options;
};
/// `pull` from a registry. An image that is here and is what the registry has now is only named; blobs and layers that are here
/// are not fetched. Throws Error{NotFound} for a repository or tag that does not exist, Error{Corrupt} for content that is not
/// what was promised, what registry::HttpError and registry::StatusError say otherwise.
std::vector<JobImage> run_registry_pull(const ImageStore& store, const RegistryPull& request, const Report& report);

struct PushRequest {
    std::string id;                   ///< of the image
    Location destination;             ///< for Docker, `path` is a complete reference
    OutgoingOptions outgoing;
    registry::Options options;
};
/// `push`. Returns the digest of the manifest at the destination.
Digest run_push(const ImageStore& store, const PushRequest& request, const Report& report);

enum class SaveFormat { DockerArchive, OciArchive, OciDirectory, DockerDirectory };
struct SaveRequest {
    struct Image {
        std::string id;
        std::vector<std::string> names;
    };
    std::vector<Image> images;
    SaveFormat format = SaveFormat::DockerArchive;
    std::string output;  ///< a path; empty: standard output
};
/// `save`.
void run_save(const ImageStore& store, const SaveRequest& request, const Report& report);

/// Tries credentials at a registry (see registry::try_login).
void run_login(const std::string& host, const registry::Options& options);

struct ImportRequest {
    std::string input;  ///< a path; "-": standard input
    std::vector<std::string> changes;
    std::string message;
    std::string name;   ///< empty: none
    Platform platform = Platform::host();
};
/// `import`.
JobImage run_import(const ImageStore& store, const ImportRequest& request, const Report& report);

/// `commit`: see commit_tree.
JobImage run_commit(const ImageStore& store, const CommitRequest& request, const Report& report);

}  // namespace skiff::image
