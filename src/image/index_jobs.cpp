#include "image/index_jobs.h"

#include "image/index_document.h"
#include "image/outgoing_document.h"
#include "image/registry/push.h"
#include "image/registry/remote_document.h"
#include "image/send.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"
#include "util/worker.h"

namespace skiff::image {
namespace {

std::string entries_to_text(const std::vector<IndexEntry>& entries) {
    auto list = OrderedJson::array();
    for (const auto& entry : entries) list.push_back({{"entry", index_entry_json(entry, /*docker=*/false)}, {"source", entry.source}});
    return dump(list);
}

std::vector<IndexEntry> entries_from_text(const std::string& text) {
    std::vector<IndexEntry> entries;
    for (const auto& element : parse_json(text, "the worker's answer")) {
        entries.push_back(parse_index_entry(element.at("entry")));
        entries.back().source = string_or(element, "source");
    }
    return entries;
}

OutgoingOptions outgoing_options(const IndexPush& request) {
    auto wanted = request.outgoing;
    wanted.may_dlopen = true;
    const bool layout = request.destination.transport == Transport::Oci || request.destination.transport == Transport::OciArchive;
    if (!layout) return wanted;
    if (wanted.format == ManifestFormat::Docker) throw Error{ErrorKind::Invalid, "an OCI layout holds no manifest in docker's format", "push without --format v2s2"};
    wanted.format = ManifestFormat::Oci;
    return wanted;
}

}  // namespace

std::vector<IndexEntry> run_remote_entries(const Reference& reference, bool all, const registry::Options& options) {
    return entries_from_text(run_in_worker("looking up an image", [&](const WorkerChannel&) { return entries_to_text(registry::remote_entries(reference, all, Platform::host(), options)); }));
}

std::string run_remote_manifest(const Reference& reference, const registry::Options& options) {
    return run_in_worker("looking up an image", [&](const WorkerChannel&) { return registry::remote_manifest(reference, options).text; });
}

Digest run_index_push(const ImageStore& store, const IndexPush& request, const Report& report) {
    const auto digest = run_in_worker(
        "pushing a manifest list",
        [&](const WorkerChannel& channel) {
            const state::Database db{store.db().file(), state::Database::Access::ReadWrite};
            const ImageStore own{store.root(), db};
            const auto wanted = outgoing_options(request);
            Report tell;
            if (report) tell = [&channel](std::string_view line) { channel.send(line); };
            const auto documents = outgoing_index(own, IndexStore{db}.find(request.id), wanted, request.all, request.options);
            check_destination_signing(request.destination, wanted.signing, request.options);
            const auto sent = send_documents(own, documents, request.destination, request.options, tell);
            std::vector<Digest> digests;
            for (const auto& document : documents) digests.push_back(Digest::of(document.text));
            if (!wanted.signing.empty()) registry::sign_documents(digests, parse_reference(request.destination.path), request.options, wanted.signing);
            return sent.text();
        },
        report);
    return Digest::parse(digest);
}

}  // namespace skiff::image
