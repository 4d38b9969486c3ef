#pragma once
/// Images: rows that name layers. An image exists when its row does, and its row is inserted in one transaction
/// after all its layers exist; nothing half-made is ever visible.
///
/// No file locks: each method is one transaction (or a read), and what a row refers to is kept by foreign
/// keys. A container and its image: the caller inserts the container's row in a Transaction of its own, calls
/// require_image() in it, and the image can no longer vanish.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/config.h"
#include "image/reference.h"
#include "state/database.h"
#include "storage/layer_store.h"
#include "util/clock.h"
#include "util/digest.h"

namespace skiff::image {

namespace fs = std::filesystem;

struct ImageRecord {
    std::string id;  ///< 64 hex digits
    Digest manifest_digest;
    std::string manifest_type;
    std::string manifest;  ///< the document, byte for byte
    std::string config;    ///< the document, byte for byte; see parse_config
    std::optional<Digest> top_layer;  ///< chain ID; none: an image without layers
    std::uint64_t size = 0;           ///< bytes of its layers' files
    UnixNanos created_at = 0;
    UnixNanos pulled_at = 0;
    UnixNanos used_at = 0;
    std::vector<std::string> names;         ///< "REPOSITORY:TAG", the first added first
    std::vector<std::string> repo_digests;  ///< "REPOSITORY@DIGEST", sorted
    std::vector<std::string> names_history; ///< every name it ever had, the newest first

    ImageConfig parsed_config() const { return parse_config(config, "config of image " + id.substr(0, 12)); }
    /// What a container remembers as its image's name: the first name, else the ID.
    const std::string& display_name() const { return names.empty() ? id : names.front(); }
};

/// An image whose layers exist (leased by the caller until add() returns).
struct NewImage {
    std::string manifest_type;
    std::string manifest;
    std::string config;
    std::vector<Reference> names;      ///< complete ones, with tag or digest
    std::optional<Digest> index_digest;  ///< of the index it was selected from: it answers to that digest too
};

/// Why an image was found: decides what `rmi` does with it.
enum class FoundBy {
    Id,
    Name,
    Digest,
    Index,  ///< by the name of an index (see image_index.h) that has it for this host's platform
};
struct Found {
    std::string id;
    FoundBy by = FoundBy::Id;
    std::string name;  ///< the full name that matched, for FoundBy::Name and FoundBy::Index
};

struct Removal {
    std::vector<std::string> untagged;  ///< full names
    std::vector<std::string> deleted;   ///< IDs
};

class ImageStore {
public:
    /// `db` outlives the store.
    ImageStore(fs::path root, const state::Database& db);

    /// The image that `name_or_id` means: a full ID, a name (see local_candidates; after them any repository ending in the
    /// short name), NAME@DIGEST, then an ID prefix of at least 3 digits, "sha256:" allowed. Throws Error{NotFound},
    /// or Error{Ambiguous} naming what matches.
    ImageRecord find(std::string_view name_or_id) const;
    Found resolve(std::string_view name_or_id) const;
    std::optional<Found> try_resolve(std::string_view name_or_id) const;
    /// By full ID. Throws Error{NotFound}.
    ImageRecord get(std::string_view id) const;
    /// All images, newest first (by creation date, then ID), in one snapshot.
    std::vector<ImageRecord> list() const;

    /// Makes the image visible, or adds `names` to it when it is there already; names move from other images. Verifies
    /// that every layer of the config exists. Throws Error{NotFound} naming a layer that does not.
    ImageRecord add(const NewImage& image) const;

    /// Gives the image another name; takes it from another image that had it.
    void tag(std::string_view id, const Reference& name) const;
    /// Takes one name away. Throws Error{NotFound} when the image has no such name.
    void untag(std::string_view id, std::string_view full_name) const;
    /// Takes all names away; gives them back.
    std::vector<std::string> untag_all(std::string_view id) const;

    struct RemoveOptions {
        bool force = false;          ///< an ID with several names: all go
        bool prune_parents = true;   ///< images without a name that the deleted one was built on go too
    };
    /// What `rmi` does: a name of several is only untagged; the last name, or an ID, deletes the image and then the
    /// layers that nothing else uses. Throws Error{NotFound}, Error{InUse} naming containers (also with force: the caller
    /// removes the containers first).
    Removal remove(std::string_view name_or_id, const RemoveOptions& options) const;
    /// True when remove() would delete the image rather than only untag it.
    bool would_delete(const Found& found) const;

    /// IDs of containers made from it.
    std::vector<std::string> containers_using(std::string_view id) const;
    /// Whether an index of the user's making (image_index.h) has it.
    bool in_index(std::string_view id) const;
    /// How many containers each image has, by image ID.
    std::map<std::string, int> container_counts() const;

    /// Stamps the last use, at most once an hour. Does nothing on a read-only database.
    void touch(std::string_view id) const;

    const storage::LayerStore& layers() const noexcept { return layers_; }
    const state::Database& db() const noexcept { return *db_; }
    const fs::path& root() const noexcept { return root_; }

private:
    fs::path root_;
    const state::Database* db_;
    storage::LayerStore layers_;
};

/// Inside the caller's Transaction, before it inserts a row that refers to the image: throws Error{NotFound} when
/// the image was removed meanwhile, and stamps its last use.
void require_image(const state::Database& db, std::string_view id);

}  // namespace skiff::image
