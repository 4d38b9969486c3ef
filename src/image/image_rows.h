#pragma once
/// Rows of the tables `image` and `image_name`: reading and writing them, and nothing else. Transactions are the
/// caller's.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/image_store.h"
#include "state/database.h"

namespace skiff::image {

std::optional<ImageRecord> read_image(const state::Database& db, std::string_view id);
/// Newest first.
std::vector<ImageRecord> read_all_images(const state::Database& db);

/// The image that has exactly this full name.
std::optional<std::string> image_with_name(const state::Database& db, std::string_view full_name);
struct NamedImage {
    std::string name;
    std::string id;
};
/// Names ending in "/SUFFIX".
std::vector<NamedImage> images_with_suffix(const state::Database& db, std::string_view suffix);
/// Images that a manifest or index digest belongs to.
std::vector<std::string> images_with_digest(const state::Database& db, const Digest& digest);
std::vector<std::string> images_with_prefix(const state::Database& db, std::string_view id_prefix);

/// Every name of an image, those with a digest too, the first added first.
std::vector<std::string> names_of(const state::Database& db, std::string_view id);

/// Inserts the row, or replaces all but its last use when it is there. `digests`: further ones it answers to, kept beside
/// those it had.
void write_image(const state::Database& db, const ImageRecord& record, const std::vector<Digest>& digests);
/// Moves the name here from wherever it was.
void write_name(const state::Database& db, std::string_view id, std::string_view full_name);
/// False when the image has no such name.
bool delete_name(const state::Database& db, std::string_view id, std::string_view full_name);
void delete_image(const state::Database& db, std::string_view id);

}  // namespace skiff::image
