#include "image/image_rows.h"

#include <algorithm>
#include <map>
#include <set>

#include "util/json.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr std::size_t kNamesKept = 100;
constexpr const char* kColumns =
    "SELECT id, manifest_digest, manifest_type, manifest, config, top_layer, size, created_at, pulled_at, used_at, details FROM image";

std::vector<std::string> column_of_rows(state::Statement& statement) {
    std::vector<std::string> values;
    while (statement.step()) values.push_back(statement.text(0));
    return values;
}

// Members of the column `details`.
constexpr const char* kDigests = "digests";             // manifests and indexes it answers to, besides the newest
constexpr const char* kNamesHistory = "names_history";  // newest first

Json parse_details(const std::string& text) { return parse_json(text, "details of an image"); }

Json details_of(const state::Database& db, std::string_view id) {
    auto statement = db.prepare("SELECT details FROM image WHERE id = ?");
    statement.bind(id);
    return statement.step() ? parse_details(statement.text(0)) : Json::object();
}

void remember_name(const state::Database& db, std::string_view id, std::string_view full_name) {
    auto details = details_of(db, id);
    auto history = strings_or_empty(details, kNamesHistory);
    std::erase(history, full_name);
    history.insert(history.begin(), std::string{full_name});
    if (history.size() > kNamesKept) history.resize(kNamesKept);
    details[kNamesHistory] = history;
    db.prepare("UPDATE image SET details = ? WHERE id = ?").bind(dump(details)).bind(id).run();
}

/// Every repository with every digest; names that hold a digest themselves are there as they are.
std::vector<std::string> repo_digests_of(const std::vector<std::string>& all_names, const ImageRecord& record, const std::vector<std::string>& more) {
    std::set<std::string> found;
    for (const auto& name : all_names) {
        if (name.find('@') != std::string::npos) {
            found.insert(name);
            continue;
        }
        const auto repository = name.substr(0, name.rfind(':'));
        found.insert(concat(repository, "@", record.manifest_digest.text()));
        for (const auto& digest : more) found.insert(concat(repository, "@", digest));
    }
    return {found.begin(), found.end()};
}

ImageRecord record_of(const state::Statement& row, const std::vector<std::string>& all_names) {
    ImageRecord record{row.text(0), Digest::parse(row.text(1)), row.text(2), row.text(3), row.text(4),
                       {},          static_cast<std::uint64_t>(row.integer(6)), row.integer(7), row.integer(8), row.integer(9), {}, {}, {}};
    const auto details = parse_details(row.text(10));
    record.names_history = strings_or_empty(details, kNamesHistory);
    if (const auto top = row.text_or_null(5)) record.top_layer = Digest::parse(*top);
    record.repo_digests = repo_digests_of(all_names, record, strings_or_empty(details, kDigests));
    std::copy_if(all_names.begin(), all_names.end(), std::back_inserter(record.names),
                 [](const std::string& name) { return name.find('@') == std::string::npos; });
    return record;
}

}  // namespace

std::vector<std::string> names_of(const state::Database& db, std::string_view id) {
    auto statement = db.prepare("SELECT name FROM image_name WHERE image_id = ? ORDER BY added_at, name");
    statement.bind(id);
    return column_of_rows(statement);
}

std::optional<ImageRecord> read_image(const state::Database& db, std::string_view id) {
    auto statement = db.prepare(concat(kColumns, " WHERE id = ?"));
    statement.bind(id);
    if (!statement.step()) return std::nullopt;
    return record_of(statement, names_of(db, id));
}

std::vector<ImageRecord> read_all_images(const state::Database& db) {
    std::map<std::string, std::vector<std::string>> names;
    auto name_rows = db.prepare("SELECT image_id, name FROM image_name ORDER BY added_at, name");
    while (name_rows.step()) names[name_rows.text(0)].push_back(name_rows.text(1));

    std::vector<ImageRecord> images;
    auto rows = db.prepare(concat(kColumns, " ORDER BY created_at DESC, id"));
    while (rows.step()) images.push_back(record_of(rows, names[rows.text(0)]));
    return images;
}

std::optional<std::string> image_with_name(const state::Database& db, std::string_view full_name) {
    auto statement = db.prepare("SELECT image_id FROM image_name WHERE name = ?");
    statement.bind(full_name);
    if (!statement.step()) return std::nullopt;
    return statement.text(0);
}

std::vector<NamedImage> images_with_suffix(const state::Database& db, std::string_view suffix) {
    const auto tail = concat("/", suffix);
    auto statement = db.prepare("SELECT name, image_id FROM image_name WHERE substr(name, -length(?1)) = ?1 ORDER BY name");
    statement.bind(tail);
    std::vector<NamedImage> found;
    while (statement.step()) found.push_back({statement.text(0), statement.text(1)});
    return found;
}

std::vector<std::string> images_with_digest(const state::Database& db, const Digest& digest) {
    auto statement = db.prepare(
        "SELECT id FROM image WHERE manifest_digest = ?1 UNION "
        "SELECT image.id FROM image, json_each(image.details, '$.digests') WHERE json_each.value = ?1");
    statement.bind(digest.text());
    return column_of_rows(statement);
}

std::vector<std::string> images_with_prefix(const state::Database& db, std::string_view id_prefix) {
    // "g" follows every hexadecimal digit, so the primary key answers.
    auto statement = db.prepare("SELECT id FROM image WHERE id >= ? AND id < ?");
    statement.bind(id_prefix).bind(concat(id_prefix, "g"));
    return column_of_rows(statement);
}

void write_image(const state::Database& db, const ImageRecord& record, const std::vector<Digest>& digests) {
    auto details = details_of(db, record.id);
    const auto known = strings_or_empty(details, kDigests);
    std::set<std::string> all{known.begin(), known.end()};
    auto old = db.prepare("SELECT manifest_digest FROM image WHERE id = ?");
    old.bind(record.id);
    if (old.step()) all.insert(old.text(0));
    for (const auto& digest : digests) all.insert(digest.text());
    all.erase(record.manifest_digest.text());
    if (!all.empty()) details[kDigests] = all;

    db.prepare(
          "INSERT INTO image (id, manifest_digest, manifest_type, manifest, config, top_layer, size, created_at, pulled_at, used_at, details) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET manifest_digest = excluded.manifest_digest, "
          "manifest_type = excluded.manifest_type, manifest = excluded.manifest, pulled_at = excluded.pulled_at, details = excluded.details")
        .bind(record.id)
        .bind(record.manifest_digest.text())
        .bind(record.manifest_type)
        .bind(record.manifest)
        .bind(record.config)
        .bind(record.top_layer ? std::optional{record.top_layer->text()} : std::nullopt)
        .bind(record.size)
        .bind(record.created_at)
        .bind(record.pulled_at)
        .bind(record.used_at)
        .bind(dump(details))
        .run();
}

void write_name(const state::Database& db, std::string_view id, std::string_view full_name) {
    db.prepare("INSERT INTO image_name (name, image_id, added_at) VALUES (?, ?, ?) "
               "ON CONFLICT (name) DO UPDATE SET image_id = excluded.image_id, added_at = excluded.added_at WHERE image_id <> excluded.image_id")
        .bind(full_name)
        .bind(id)
        .bind(now_nanos())
        .run();
    remember_name(db, id, full_name);
}

bool delete_name(const state::Database& db, std::string_view id, std::string_view full_name) {
    return db.prepare("DELETE FROM image_name WHERE image_id = ? AND name = ?").bind(id).bind(full_name).run() > 0;
}

void delete_image(const state::Database& db, std::string_view id) { db.prepare("DELETE FROM image WHERE id = ?").bind(id).run(); }

}  // namespace skiff::image
