#include "image/image_index.h"

#include <algorithm>

#include "image/image_rows.h"
#include "image/index_document.h"
#include "util/error.h"
#include "util/json.h"
#include "util/random.h"
#include "util/text.h"

namespace skiff::image {
namespace {

[[noreturn]] void no_such_index(std::string_view name_or_id) {
    throw Error{ErrorKind::NotFound, concat("manifest list ", quote(name_or_id), ": not known"), "\"skiff images --filter manifest=true\" lists what there is"};
}

std::vector<std::string> texts_of_rows(state::Statement& statement) {
    std::vector<std::string> values;
    while (statement.step()) values.push_back(statement.text(0));
    return values;
}

std::vector<std::string> index_names(const state::Database& db, std::string_view id) {
    auto rows = db.prepare("SELECT name FROM image_index_name WHERE index_id = ? ORDER BY added_at, name");
    rows.bind(id);
    return texts_of_rows(rows);
}

std::vector<IndexEntry> read_entries(const state::Database& db, std::string_view id) {
    auto rows = db.prepare("SELECT descriptor, image_id, source FROM image_index_entry WHERE index_id = ? ORDER BY position, digest");
    rows.bind(id);
    std::vector<IndexEntry> entries;
    while (rows.step()) {
        auto entry = parse_index_entry(parse_json(rows.text(0), "entry of a manifest list"));
        entry.image_id = rows.text_or_null(1);
        entry.source = rows.text(2);
        entries.push_back(std::move(entry));
    }
    return entries;
}

std::optional<ImageIndex> read_index(const state::Database& db, std::string_view id) {
    auto row = db.prepare("SELECT id, created_at, details FROM image_index WHERE id = ?");
    row.bind(id);
    if (!row.step()) return std::nullopt;
    ImageIndex index{row.text(0), index_names(db, id), row.integer(1), {}, {}, read_entries(db, id)};
    read_index_details(parse_json(row.text(2), "details of a manifest list"), index);
    return index;
}

void write_entries(const state::Database& db, const ImageIndex& index) {
    db.prepare("DELETE FROM image_index_entry WHERE index_id = ?").bind(index.id).run();
    std::int64_t position = 0;
    for (const auto& entry : index.entries) {
        db.prepare("INSERT INTO image_index_entry (index_id, position, digest, descriptor, image_id, source) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(index.id)
            .bind(position++)
            .bind(entry.manifest.digest.text())
            .bind(dump(index_entry_json(entry, /*docker=*/false)))
            .bind(entry.image_id)
            .bind(entry.source)
            .run();
    }
}

std::optional<std::string> index_with_prefix(const state::Database& db, std::string_view text) {
    const auto prefix = as_id_prefix(text);
    if (!prefix) return std::nullopt;
    auto rows = db.prepare("SELECT id FROM image_index WHERE id >= ? AND id < ?");
    rows.bind(*prefix).bind(concat(*prefix, "g"));
    const auto ids = texts_of_rows(rows);
    if (ids.size() > 1) throw Error{ErrorKind::Ambiguous, concat("manifest list ", quote(text), ": more than one matches")};
    return ids.empty() ? std::nullopt : std::optional{ids.front()};
}

std::optional<std::string> index_called(const state::Database& db, std::string_view text) {
    const auto reference = try_parse_reference(text);
    if (!reference || reference->digest) return std::nullopt;
    for (const auto& candidate : local_candidates(*reference))
        if (auto id = index_with_name(db, candidate.text())) return id;
    return std::nullopt;
}

}  // namespace

ImageIndex IndexStore::create(const Reference& name, const std::map<std::string, std::string>& annotations) const {
    state::Transaction transaction{*db_};
    const auto full = name.text();
    if (index_with_name(*db_, full)) throw Error{ErrorKind::Exists, concat("manifest list ", quote(full), ": that name is already in use"), "--amend adds to it"};
    if (image_with_name(*db_, full)) throw Error{ErrorKind::Exists, concat("manifest list ", quote(full), ": an image has that name"), "untag the image, or choose another name"};
    ImageIndex index{random_id(), {full}, now_nanos(), annotations, {}, {}};
    db_->prepare("INSERT INTO image_index (id, created_at, details) VALUES (?, ?, ?)").bind(index.id).bind(index.created_at).bind(dump(index_details(index))).run();
    write_name(index.id, name);
    transaction.commit();
    return index;
}

std::optional<ImageIndex> IndexStore::try_find(std::string_view name_or_id) const {
    auto id = index_called(*db_, name_or_id);
    if (!id) id = index_with_prefix(*db_, name_or_id);
    return id ? read_index(*db_, *id) : std::nullopt;
}

ImageIndex IndexStore::find(std::string_view name_or_id) const {
    auto index = try_find(name_or_id);
    if (!index) no_such_index(name_or_id);
    return *index;
}

ImageIndex IndexStore::get(std::string_view id) const {
    auto index = read_index(*db_, id);
    if (!index) no_such_index(id);
    return *index;
}

std::vector<ImageIndex> IndexStore::list() const {
    const state::Snapshot snapshot{*db_};
    auto rows = db_->prepare("SELECT id FROM image_index ORDER BY created_at DESC, id");
    std::vector<ImageIndex> indexes;
    for (const auto& id : texts_of_rows(rows)) indexes.push_back(get(id));
    return indexes;
}

void IndexStore::write(const ImageIndex& index) const {
    db_->prepare("UPDATE image_index SET details = ? WHERE id = ?").bind(dump(index_details(index))).bind(index.id).run();
    write_entries(*db_, index);
}

void IndexStore::add(std::string_view id, const std::vector<IndexEntry>& entries) const {
    change(id, [&](ImageIndex& index) {
        for (const auto& entry : entries) {
            std::erase_if(index.entries, [&](const IndexEntry& other) { return other.manifest.digest == entry.manifest.digest; });
            index.entries.push_back(entry);
        }
    });
}

void IndexStore::remove_entry(std::string_view id, const Digest& digest) const {
    change(id, [&](ImageIndex& index) {
        const auto removed = std::erase_if(index.entries, [&](const IndexEntry& entry) { return entry.manifest.digest == digest; });
        if (removed == 0) throw Error{ErrorKind::NotFound, concat("manifest list ", index.id.substr(0, 12), ": no entry ", digest.text())};
    });
}

void IndexStore::write_name(std::string_view id, const Reference& name) const {
    db_->prepare("INSERT INTO image_index_name (name, index_id, added_at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET index_id = excluded.index_id")
        .bind(name.text())
        .bind(id)
        .bind(now_nanos())
        .run();
}

void IndexStore::tag(std::string_view id, const Reference& name) const {
    state::Transaction transaction{*db_};
    write_name(get(id).id, name);
    transaction.commit();
}

void IndexStore::untag(const std::string& full_name) const { db_->prepare("DELETE FROM image_index_name WHERE name = ?").bind(full_name).run(); }

void IndexStore::remove(std::string_view id) const {
    if (db_->prepare("DELETE FROM image_index WHERE id = ?").bind(id).run() == 0) no_such_index(id);
}

std::optional<std::string> index_with_name(const state::Database& db, std::string_view full_name) {
    auto row = db.prepare("SELECT index_id FROM image_index_name WHERE name = ?");
    row.bind(full_name);
    if (!row.step()) return std::nullopt;
    return row.text(0);
}

std::optional<std::string> image_for_platform(const state::Database& db, std::string_view index_id, const Platform& platform) {
    Index here{std::string{media::kOciIndex}, {}, {}};
    std::map<std::string, std::string> ids;
    for (const auto& entry : read_entries(db, index_id)) {
        if (!entry.image_id) continue;
        here.manifests.push_back(entry.manifest);
        ids.emplace(entry.manifest.digest.text(), *entry.image_id);
    }
    const auto* chosen = try_select_platform(here, platform);
    return chosen == nullptr ? std::nullopt : std::optional{ids.at(chosen->digest.text())};
}

}  // namespace skiff::image
