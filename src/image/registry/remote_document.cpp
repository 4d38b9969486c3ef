#include "image/registry/remote_document.h"

#include "image/config.h"
#include "image/index_document.h"
#include "image/registry/attempts.h"
#include "image/registry/remote_image.h"
#include "image/registry/session.h"
#include "image/registry/status.h"
#include "storage/push_source.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

constexpr int kDocumentDepth = 4;

/// One repository that was reached.
struct RemotePlace {
    std::shared_ptr<Session> session;
    std::string shown;  ///< "HOST/PATH"

    FetchedManifest manifest(const std::string& reference) const {
        Connection connection{*session};
        FetchedManifest fetched{{}, {}, Digest::of("")};
        with_retries(session->options(), {}, [&] { fetched = get_manifest(connection, reference); });
        return fetched;
    }
    std::string config(const Descriptor& blob) const {
        Connection connection{*session};
        std::string text;
        with_retries(session->options(), {}, [&] { text = get_blob(connection, blob, kConfigLimitBytes); });
        return text;
    }
};

struct Reached {
    RemotePlace place;
    FetchedManifest manifest;
};

Reached reach(const Reference& reference, const Options& options) {
    return in_context(concat("reading ", quote(reference.text())), [&] {
        return at_first_that_works<Reached>(endpoints_for(registries_conf(options), reference), [&](const Endpoint& endpoint) {
            RemotePlace place{std::make_shared<Session>(endpoint, options), concat(endpoint.host, "/", endpoint.repository)};
            auto manifest = place.manifest(reference.digest ? reference.digest->text() : reference.tag);
            return Reached{std::move(place), std::move(manifest)};
        });
    });
}

std::string source_of(const Reference& reference, const Digest& digest) { return concat(reference.repository(), "@", digest.text()); }

IndexEntry entry_of_image(const Reached& reached, const Reference& reference) {
    const auto& [text, type, digest] = reached.manifest;
    const auto parsed = parse_manifest(text, type, "manifest");
    const auto config = parse_config(reached.place.config(parsed.config), "config");
    IndexEntry entry{{parsed.media_type, digest, text.size(), config.platform, {}, {}}, {}, {}, {}, {}, source_of(reference, digest)};
    return entry;
}

/// The blobs of any manifest, an artifact's as well.
std::vector<Descriptor> blobs_of(const Json& document) {
    std::vector<Descriptor> blobs;
    if (const Json* layers = member(document, "layers"))
        for (const auto& layer : *layers) blobs.push_back(parse_descriptor(layer));
    if (const Json* config = member(document, "config")) blobs.push_back(parse_descriptor(*config));
    return blobs;
}

/// Reads a blob in a thread of its own while it is sent on.
std::unique_ptr<storage::Source> open_remote(const std::shared_ptr<Session>& session, const Descriptor& blob) {
    return std::make_unique<storage::PushSource>([session, blob](const storage::PushSource::Sink& sink) {
        Connection connection{*session};
        stream_blob(connection, blob, 0, [] {}, sink);
    });
}

void collect(const RemotePlace& place, const FetchedManifest& manifest, int depth, OutgoingDocuments& documents) {
    if (depth == kDocumentDepth) throw Error{ErrorKind::Corrupt, concat("indexes nested deeper than ", kDocumentDepth)};
    if (kind_of_document(manifest.text, manifest.media_type, "manifest") == DocumentKind::Index) {
        const auto index = parse_index(manifest.text, manifest.media_type, "index");
        for (const auto& entry : index.manifests) collect(place, place.manifest(entry.digest.text()), depth + 1, documents);
        documents.push_back({manifest.text, index.media_type, {}});
        return;
    }
    OutgoingDocument document{manifest.text, manifest.media_type, {}};
    for (auto& blob : blobs_of(parse_json(manifest.text, "manifest")))
        document.blobs.push_back({blob, [session = place.session, blob] { return open_remote(session, blob); }, place.shown});
    documents.push_back(std::move(document));
}

}  // namespace

FetchedManifest remote_manifest(const Reference& reference, const Options& options) { return reach(reference, options).manifest; }

std::vector<IndexEntry> remote_entries(const Reference& reference, bool all, const Platform& platform, const Options& options) {
    const auto reached = reach(reference, options);
    const auto& [text, type, digest] = reached.manifest;
    if (kind_of_document(text, type, reference.text()) == DocumentKind::Manifest) return {entry_of_image(reached, reference)};
    const auto index = parse_index(text, type, reference.text());
    const auto* chosen = all ? nullptr : &select_platform(index, platform, reference.text());
    std::vector<IndexEntry> entries;
    const auto document = parse_json(text, "index");
    for (const auto& json : document.at("manifests")) {
        auto entry = parse_index_entry(json);
        if (chosen != nullptr && entry.manifest.digest != chosen->digest) continue;
        entry.source = source_of(reference, entry.manifest.digest);
        entries.push_back(std::move(entry));
    }
    return entries;
}

OutgoingDocuments remote_documents(const Reference& reference, const Options& options) {
    const auto reached = reach(reference, options);
    OutgoingDocuments documents;
    collect(reached.place, reached.manifest, 0, documents);
    return documents;
}

}  // namespace skiff::image::registry
