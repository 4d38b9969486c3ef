#pragma once
/// Image indexes (manifest lists) of the user's making: one name for the same image on several platforms. What is pulled
/// through a registry's index is an image and has nothing to do with these.
///
/// No file locks: each method is one transaction or one read. Source: image-spec, image-index.md; podman-manifest(1).

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/manifest.h"
#include "image/reference.h"
#include "state/database.h"
#include "util/clock.h"
#include "util/digest.h"

namespace skiff::image {

/// One image of an index.
struct IndexEntry {
    Descriptor manifest;  ///< with platform and annotations
    std::string os_version;
    std::vector<std::string> os_features;
    std::vector<std::string> features;       ///< of the processor
    std::optional<std::string> image_id;     ///< of the image here, when it is
    std::string source;                      ///< "HOST/PATH@DIGEST" when it is in a registry; else empty
};

struct ImageIndex {
    std::string id;                          ///< 64 hex digits; stays when the content changes
    std::vector<std::string> names;          ///< "REPOSITORY:TAG", the first added first
    UnixNanos created_at = 0;
    std::map<std::string, std::string> annotations;
    std::optional<Descriptor> subject;
    std::vector<IndexEntry> entries;
};

/// The media type that an index of these entries has when nobody asks for one: docker's list as long as no entry is OCI's.
std::string natural_index_type(const ImageIndex& index);
/// The document, in OCI's form or docker's, which has neither annotations nor subject.
std::string write_index(const ImageIndex& index, std::string_view media_type, int indent = -1);

class IndexStore {
public:
    /// `db` outlives the store.
    explicit IndexStore(const state::Database& db) : db_{&db} {}

    /// An index without entries. Throws Error{Exists} when the name belongs to an index or an image.
    ImageIndex create(const Reference& name, const std::map<std::string, std::string>& annotations) const;
    /// By name (as ImageStore::find completes it), ID or ID prefix. Throws Error{NotFound}.
    ImageIndex find(std::string_view name_or_id) const;
    std::optional<ImageIndex> try_find(std::string_view name_or_id) const;
    /// All, newest first.
    std::vector<ImageIndex> list() const;

    /// Adds entries; one with the digest of another takes its place.
    void add(std::string_view id, const std::vector<IndexEntry>& entries) const;
    /// Throws Error{NotFound} when it has no such entry.
    void remove_entry(std::string_view id, const Digest& digest) const;
    /// Reads the index anew, lets `change` change it, writes it back: one transaction. Throws Error{NotFound}, and what
    /// `change` throws.
    template <typename Change>
    void change(std::string_view id, Change&& change) const {
        state::Transaction transaction{*db_};
        auto index = get(id);
        change(index);
        write(index);
        transaction.commit();
    }

    /// Another name, taken from whatever had it.
    void tag(std::string_view id, const Reference& name) const;
    /// Takes a name away.
    void untag(const std::string& full_name) const;
    /// Forgets the index, not the images. Throws Error{NotFound}.
    void remove(std::string_view id) const;

private:
    ImageIndex get(std::string_view id) const;
    void write(const ImageIndex& index) const;
    void write_name(std::string_view id, const Reference& name) const;

    const state::Database* db_;
};

/// The index that has exactly this full name.
std::optional<std::string> index_with_name(const state::Database& db, std::string_view full_name);
/// The image here that the index holds for `platform`; nullopt when there is none.
std::optional<std::string> image_for_platform(const state::Database& db, std::string_view index_id, const Platform& platform);

}  // namespace skiff::image
