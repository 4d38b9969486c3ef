#include "libpod/volume/volume.h"
#include "state/database.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr const char* kVolumeColumns =
    "SELECT name, driver, coalesce(image_id, ''), anonymous, mounted, config, created_at, used_at, copy_state, owner_due, mount_count FROM volume ";

// The member names are the stored format: one is never reused with another meaning.
Json volume_json_of(const VolumeConfig& config) {
    Json json = Json::object();
    if (!config.labels.empty()) json["labels"] = config.labels;
    if (!config.options.empty()) json["options"] = config.options;
    if (config.uid) json["uid"] = *config.uid;
    if (config.gid) json["gid"] = *config.gid;
    if (config.size_bytes != 0) json["size_bytes"] = config.size_bytes;
    if (config.inodes != 0) json["inodes"] = config.inodes;
    if (config.project != 0) json["project"] = config.project;
    if (!config.copy) json["copy"] = false;
    return json;
}

std::map<std::string, std::string> map_of(const Json& json, const char* key) {
    const Json* words = member(json, key);
    return words == nullptr ? std::map<std::string, std::string>{} : words->get<std::map<std::string, std::string>>();
}

std::optional<uid_t> optional_id(const Json& json, const char* key) {
    if (member(json, key) == nullptr) return std::nullopt;
    return static_cast<uid_t>(int_or(json, key));
}

VolumeConfig volume_config_of(const std::string& text, std::string_view name) {
    const Json json = parse_json(text, concat("config of volume ", name));
    VolumeConfig config;
    config.labels = map_of(json, "labels");
    config.options = map_of(json, "options");
    config.uid = optional_id(json, "uid");
    config.gid = optional_id(json, "gid");
    config.size_bytes = static_cast<std::uint64_t>(int_or(json, "size_bytes"));
    config.inodes = static_cast<std::uint64_t>(int_or(json, "inodes"));
    config.project = static_cast<std::uint32_t>(int_or(json, "project"));
    config.copy = bool_or(json, "copy", true);
    return config;
}

VolumeRow volume_row_of(const state::Statement& found) {
    VolumeRow row;
    row.name = found.text(0);
    row.driver = found.text(1);
    row.image_id = found.text(2);
    row.anonymous = found.integer(3) != 0;
    row.mounted = found.integer(4) != 0;
    row.config = volume_config_of(found.text(5), row.name);
    row.created_at = found.integer(6);
    row.used_at = found.integer(7);
    row.copy = static_cast<CopyState>(found.integer(8));
    row.owner_due = found.integer(9) != 0;
    row.mount_count = static_cast<int>(found.integer(10));
    return row;
}

}  // namespace

std::optional<VolumeRow> read_volume(const state::Database& db, std::string_view name) {
    auto query = db.prepare(concat(kVolumeColumns, "WHERE name = ?"));
    query.bind(name);
    if (!query.step()) return std::nullopt;
    return volume_row_of(query);
}

std::vector<VolumeRow> read_all_volumes(const state::Database& db) {
    auto query = db.prepare(concat(kVolumeColumns, "ORDER BY name"));
    std::vector<VolumeRow> rows;
    while (query.step()) rows.push_back(volume_row_of(query));
    return rows;
}

std::vector<std::string> users_of_volume(const state::Database& db, std::string_view name) {
    auto query = db.prepare("SELECT c.id FROM volume_use u JOIN container c ON c.id = u.container_id WHERE u.volume = ? ORDER BY c.created_at, c.id");
    query.bind(name);
    std::vector<std::string> ids;
    while (query.step()) ids.push_back(query.text(0));
    return ids;
}

std::map<std::string, int> volume_user_counts(const state::Database& db) {
    auto query = db.prepare("SELECT volume, count(*) FROM volume_use GROUP BY volume");
    std::map<std::string, int> counts;
    while (query.step()) counts[query.text(0)] = static_cast<int>(query.integer(1));
    return counts;
}

void insert_volume(const state::Database& db, const VolumeRow& row) {
    auto insertion = db.prepare(
        "INSERT INTO volume (name, driver, image_id, anonymous, mounted, config, created_at, used_at, owner_due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insertion.bind(row.name).bind(row.driver);
    if (row.image_id.empty()) insertion.bind(nullptr);
    else insertion.bind(row.image_id);
    insertion.bind(row.anonymous).bind(row.mounted).bind(dump(volume_json_of(row.config))).bind(row.created_at).bind(row.used_at).bind(row.owner_due).run();
}

}  // namespace skiff::libpod
