/// What `rmi` does. See ImageStore::remove.

#include <algorithm>

#include "image/image_rows.h"
#include "image/image_store.h"
#include "state/event.h"
#include "state/intent.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::image {
namespace {

/// Names of the containers, for people; the ID where a container has none.
std::vector<std::string> container_names(const state::Database& db, std::string_view image_id) {
    auto statement = db.prepare(
        "SELECT coalesce((SELECT name FROM name WHERE container_id = container.id), substr(id, 1, 12)) "
        "FROM container WHERE image_id = ? ORDER BY created_at, id");
    statement.bind(image_id);
    std::vector<std::string> names;
    while (statement.step()) names.push_back(statement.text(0));
    return names;
}

/// What shows an image without having been made of it: --mount type=image, volumes of driver image.
void refuse_mounted(const state::Database& db, std::string_view id) {
    auto statement = db.prepare(
        "SELECT 'container ' || n.name FROM image_mount m JOIN name n ON n.container_id = m.container_id WHERE m.image_id = ?1 "
        "UNION ALL SELECT 'volume ' || name FROM volume WHERE image_id = ?1 LIMIT 1");
    statement.bind(id);
    if (statement.step()) throw Error{ErrorKind::InUse, concat("image ", id.substr(0, 12), ": mounted by ", statement.text(0)), "remove that first"};
}

void require_unused(const state::Database& db, std::string_view id) {
    refuse_mounted(db, id);
    const auto containers = container_names(db, id);
    if (containers.empty()) return;
    throw Error{ErrorKind::InUse, concat("image ", id.substr(0, 12), ": image is in use by a container: ", join(containers, ", ")),
                "remove the containers first, or use --force"};
}

bool same_step(const HistoryEntry& left, const HistoryEntry& right) {
    return left.created == right.created && left.created_by == right.created_by && left.empty_layer == right.empty_layer;
}

/// True when `child` was built on `parent`: its history and its layers begin with the parent's.
bool is_parent(const ImageConfig& parent, const ImageConfig& child) {
    return !parent.history.empty() && parent.history.size() < child.history.size() && parent.diff_ids.size() <= child.diff_ids.size() &&
           std::equal(parent.history.begin(), parent.history.end(), child.history.begin(), same_step) &&
           std::equal(parent.diff_ids.begin(), parent.diff_ids.end(), child.diff_ids.begin());
}

/// Images without any name, index or container.
std::vector<std::string> loose_images(const state::Database& db) {
    auto statement = db.prepare(
        "SELECT id FROM image WHERE NOT EXISTS (SELECT 1 FROM image_name WHERE image_id = image.id) "
        "AND NOT EXISTS (SELECT 1 FROM image_index_entry WHERE image_id = image.id) "
        "AND NOT EXISTS (SELECT 1 FROM container WHERE image_id = image.id) "
        "AND NOT EXISTS (SELECT 1 FROM image_mount WHERE image_id = image.id) AND NOT EXISTS (SELECT 1 FROM volume WHERE image_id = image.id)");
    std::vector<std::string> ids;
    while (statement.step()) ids.push_back(statement.text(0));
    return ids;
}

/// A row that cannot be read any more must not stand in the way of its removal.
std::optional<ImageConfig> readable_config(const ImageRecord& record) {
    try {
        return record.parsed_config();
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// Deletes the loose images that `child` was built on, unless another image was built on them as well.
void delete_parents(const state::Database& db, const ImageRecord& deleted, Removal& removal) {
    const auto loose = loose_images(db);
    const auto child = readable_config(deleted);
    if (loose.empty() || !child) return;
    std::vector<std::string> doomed;
    const auto images = read_all_images(db);
    for (const auto& parent : images) {
        if (std::find(loose.begin(), loose.end(), parent.id) == loose.end()) continue;
        const auto config = readable_config(parent);
        if (!config || !is_parent(*config, *child)) continue;
        const auto built_on_it = [&](const ImageRecord& other) {
            const auto named = std::find(loose.begin(), loose.end(), other.id) == loose.end();
            const auto other_config = named ? readable_config(other) : std::nullopt;
            return other_config && is_parent(*config, *other_config);
        };
        if (std::none_of(images.begin(), images.end(), built_on_it)) doomed.push_back(parent.id);
    }
    for (const auto& id : doomed) delete_image(db, id);
    removal.deleted.insert(removal.deleted.end(), doomed.begin(), doomed.end());
}

void refuse_many_names(const Found& found, const std::vector<std::string>& names) {
    throw Error{ErrorKind::Invalid, concat("image ", found.id.substr(0, 12), ": it has more than one name (", join(names, ", "), ")"),
                "name one of them, or use --force to remove all"};
}

}  // namespace

bool ImageStore::in_index(std::string_view id) const {
    auto statement = db_->prepare("SELECT 1 FROM image_index_entry WHERE image_id = ? LIMIT 1");
    return statement.bind(id).step();
}

bool ImageStore::would_delete(const Found& found) const { return found.by != FoundBy::Name || names_of(*db_, found.id).size() <= 1; }

Removal ImageStore::remove(std::string_view name_or_id, const RemoveOptions& options) const {
    Removal removal;
    state::Transaction transaction{*db_};
    const auto found = resolve(name_or_id);
    if (found.by == FoundBy::Index)
        throw Error{ErrorKind::WrongState, concat("image ", quote(found.name), ": it is a manifest list"), "\"skiff manifest rm\" removes it"};
    if (!would_delete(found)) {
        delete_name(*db_, found.id, found.name);
        state::record_event(*db_, "image", "untag", found.id, found.name);
        transaction.commit();
        removal.untagged.push_back(found.name);
        return removal;
    }
    removal.untagged = names_of(*db_, found.id);
    if (removal.untagged.size() > 1 && !options.force) refuse_many_names(found, removal.untagged);
    require_unused(*db_, found.id);
    const auto record = read_image(*db_, found.id);
    delete_image(*db_, found.id);
    removal.deleted.push_back(found.id);
    if (options.prune_parents) delete_parents(*db_, *record, removal);
    for (const auto& name : removal.untagged) state::record_event(*db_, "image", "untag", found.id, name);
    for (const auto& id : removal.deleted) state::record_event(*db_, "image", "remove", id, id == found.id ? record->display_name() : id);
    // Its layers go after the rows; whoever finds this of a dead process removes what is left of them.
    const auto intent = state::begin_intent(*db_, "image", found.id, "remove");
    transaction.commit();
    layers_.remove_unreferenced();
    state::finish_intent(*db_, intent);
    return removal;
}

}  // namespace skiff::image
