#include "image/image_store.h"

#include <algorithm>
#include <set>

#include "image/image_index.h"
#include "image/image_rows.h"
#include "state/event.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr UnixNanos kStampInterval = UnixNanos{3600} * 1'000'000'000;

[[noreturn]] void not_found(std::string_view name_or_id) {
    throw Error{ErrorKind::NotFound, concat(name_or_id, ": image not known"), "\"skiff images\" lists what there is"};
}

[[noreturn]] void ambiguous(std::string_view name_or_id, const std::vector<std::string>& matches) {
    throw Error{ErrorKind::Ambiguous, concat("image ", quote(name_or_id), ": more than one matches: ", join(matches, ", "))};
}

std::vector<std::string> shortened(std::vector<std::string> ids) {
    for (auto& id : ids) id.resize(12);
    return ids;
}

std::optional<Found> by_digest(const state::Database& db, const Reference& reference) {
    std::set<std::string> repositories;
    for (const auto& candidate : local_candidates(reference)) repositories.insert(candidate.repository());
    for (const auto& id : images_with_digest(db, *reference.digest))
        for (const auto& name : names_of(db, id))
            if (repositories.contains(parse_reference(name).repository())) return Found{id, FoundBy::Digest, {}};
    return std::nullopt;
}

std::optional<Found> by_suffix(const state::Database& db, const Reference& reference, std::string_view asked) {
    const auto tag = reference.tag.empty() ? "latest" : reference.tag;
    const auto matches = images_with_suffix(db, concat(reference.path, ":", tag));
    if (matches.empty()) return std::nullopt;
    std::vector<std::string> names;
    for (const auto& match : matches) names.push_back(match.name);
    const bool one_image = std::all_of(matches.begin(), matches.end(), [&](const auto& match) { return match.id == matches.front().id; });
    if (!one_image) ambiguous(asked, names);
    return Found{matches.front().id, FoundBy::Name, matches.front().name};
}

/// A name of an index means the image that it has for this host.
std::optional<Found> by_index_name(const state::Database& db, const std::string& name) {
    const auto index = index_with_name(db, name);
    const auto id = index ? image_for_platform(db, *index, Platform::host()) : std::nullopt;
    return id ? std::optional{Found{*id, FoundBy::Index, name}} : std::nullopt;
}

std::optional<Found> by_name(const state::Database& db, std::string_view text) {
    const auto reference = try_parse_reference(text);
    if (!reference) return std::nullopt;
    if (reference->digest) return by_digest(db, *reference);
    for (const auto& candidate : local_candidates(*reference)) {
        auto name = candidate.text();
        if (auto id = image_with_name(db, name)) return Found{*id, FoundBy::Name, name};
        if (auto found = by_index_name(db, name)) return found;
    }
    return reference->is_short() ? by_suffix(db, *reference, text) : std::nullopt;
}

std::optional<Found> by_id_prefix(const state::Database& db, std::string_view text) {
    const auto prefix = as_id_prefix(text);
    if (!prefix) return std::nullopt;
    const auto ids = images_with_prefix(db, *prefix);
    if (ids.size() > 1) ambiguous(text, shortened(ids));
    if (!ids.empty()) return Found{ids.front(), FoundBy::Id, {}};
    return std::nullopt;
}

/// "sha256:<digest of a manifest>".
std::optional<Found> by_manifest_digest(const state::Database& db, std::string_view text) {
    const auto digest = Digest::try_parse(text);
    if (!digest) return std::nullopt;
    const auto ids = images_with_digest(db, *digest);
    if (ids.size() > 1) ambiguous(text, shortened(ids));
    if (ids.empty()) return std::nullopt;
    return Found{ids.front(), FoundBy::Digest, {}};
}

bool is_full_id(std::string_view text) { return as_id_prefix(text).value_or("").size() == 64; }

/// Computes the chain and sums its sizes; every layer must be there.
void fill_layers(ImageRecord& record, const ImageConfig& config, const storage::LayerStore& layers) {
    for (const auto& diff_id : config.diff_ids) {
        const auto chain_id = storage::chain_id_of(record.top_layer, diff_id);
        const auto layer = layers.find(chain_id);
        if (!layer)
            throw Error{ErrorKind::NotFound, concat("layer ", chain_id.text(), " (diff ID ", diff_id.text(), ") of the image is not in the store")};
        record.size += layer->size;
        record.top_layer = chain_id;
    }
}

ImageRecord record_of(const NewImage& image, const storage::LayerStore& layers) {
    const auto now = now_nanos();
    const auto id = sha256_hex(image.config);
    const auto config = parse_config(image.config, "config");
    const auto manifest = parse_manifest(image.manifest, image.manifest_type, "manifest");
    if (manifest.layers.size() != config.diff_ids.size())
        throw Error{ErrorKind::Corrupt, concat("the manifest has ", manifest.layers.size(), " layers, its config ", config.diff_ids.size())};
    verify_content(image.config, manifest.config, "config");
    ImageRecord record{id, Digest::of(image.manifest), manifest.media_type, image.manifest, image.config, {}, 0, config.created.value_or(0), now, now, {}, {}, {}};
    fill_layers(record, config, layers);
    return record;
}

}  // namespace

ImageStore::ImageStore(fs::path root, const state::Database& db) : root_{std::move(root)}, db_{&db}, layers_{root_, db} {}

std::optional<Found> ImageStore::try_resolve(std::string_view name_or_id) const {
    if (is_full_id(name_or_id)) {
        if (auto found = by_id_prefix(*db_, name_or_id)) return found;
        return by_manifest_digest(*db_, name_or_id);
    }
    if (auto found = by_name(*db_, name_or_id)) return found;
    return by_id_prefix(*db_, name_or_id);
}

Found ImageStore::resolve(std::string_view name_or_id) const {
    auto found = try_resolve(name_or_id);
    if (found) return *found;
    // A text that is neither says so rather than "not known".
    if (!as_id_prefix(name_or_id)) parse_reference(name_or_id);
    not_found(name_or_id);
}

ImageRecord ImageStore::find(std::string_view name_or_id) const {
    const auto found = resolve(name_or_id);
    auto record = read_image(*db_, found.id);
    if (!record) not_found(name_or_id);
    return *record;
}

ImageRecord ImageStore::get(std::string_view id) const {
    auto record = read_image(*db_, id);
    if (!record) not_found(id);
    return *record;
}

std::vector<ImageRecord> ImageStore::list() const {
    const state::Snapshot snapshot{*db_};
    return read_all_images(*db_);
}

ImageRecord ImageStore::add(const NewImage& image) const {
    state::Transaction transaction{*db_};
    const auto record = record_of(image, layers_);
    std::vector<Digest> digests;
    if (image.index_digest) digests.push_back(*image.index_digest);
    write_image(*db_, record, digests);
    for (const auto& name : image.names) write_name(*db_, record.id, name.text());
    auto written = *read_image(*db_, record.id);
    transaction.commit();
    return written;
}

void ImageStore::tag(std::string_view id, const Reference& name) const {
    state::Transaction transaction{*db_};
    if (!read_image(*db_, id)) not_found(id);
    write_name(*db_, id, name.text());
    state::record_event(*db_, "image", "tag", id, name.text());
    transaction.commit();
}

void ImageStore::untag(std::string_view id, std::string_view full_name) const {
    state::Transaction transaction{*db_};
    if (!delete_name(*db_, id, full_name))
        throw Error{ErrorKind::NotFound, concat(full_name, ": tag not known: image ", id.substr(0, 12), " has no such name")};
    state::record_event(*db_, "image", "untag", id, full_name);
    transaction.commit();
}

std::vector<std::string> ImageStore::untag_all(std::string_view id) const {
    state::Transaction transaction{*db_};
    auto names = names_of(*db_, id);
    for (const auto& name : names) {
        delete_name(*db_, id, name);
        state::record_event(*db_, "image", "untag", id, name);
    }
    transaction.commit();
    return names;
}

std::vector<std::string> ImageStore::containers_using(std::string_view id) const {
    auto statement = db_->prepare("SELECT id FROM container WHERE image_id = ? ORDER BY created_at, id");
    statement.bind(id);
    std::vector<std::string> ids;
    while (statement.step()) ids.push_back(statement.text(0));
    return ids;
}

std::map<std::string, int> ImageStore::container_counts() const {
    auto statement = db_->prepare("SELECT image_id, count(*) FROM container WHERE image_id IS NOT NULL GROUP BY image_id");
    std::map<std::string, int> counts;
    while (statement.step()) counts.emplace(statement.text(0), static_cast<int>(statement.integer(1)));
    return counts;
}

void ImageStore::touch(std::string_view id) const {
    if (db_->read_only()) return;
    const auto now = now_nanos();
    auto statement = db_->prepare("SELECT 1 FROM image WHERE id = ? AND used_at < ?");
    statement.bind(id).bind(now - kStampInterval);
    if (!statement.step()) return;  // no write transaction for what is fresh
    db_->prepare("UPDATE image SET used_at = ? WHERE id = ?").bind(now).bind(id).run();
}

void require_image(const state::Database& db, std::string_view id) {
    const auto now = now_nanos();
    auto statement = db.prepare("SELECT used_at FROM image WHERE id = ?");
    statement.bind(id);
    if (!statement.step()) not_found(id);
    if (statement.integer(0) >= now - kStampInterval) return;
    db.prepare("UPDATE image SET used_at = ? WHERE id = ?").bind(now).bind(id).run();
}

}  // namespace skiff::image
