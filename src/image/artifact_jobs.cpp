#include "image/artifact_jobs.h"

#include <fcntl.h>

#include <mutex>

#include "image/outgoing_document.h"
#include "image/registry/api.h"
#include "image/registry/attempts.h"
#include "image/registry/push.h"
#include "image/registry/remote_image.h"
#include "image/registry/status.h"
#include "image/signature/policy_signatures.h"
#include "image/signature/requirement.h"
#include "state/event.h"
#include "util/error.h"
#include "util/files.h"
#include "util/side_by_side.h"
#include "util/text.h"
#include "util/worker.h"

namespace skiff::image {
namespace {

constexpr unsigned kFilesAtOnce = 4;

void fetch(registry::Connection& connection, const ArtifactStore::Change& change, const Descriptor& blob) {
    registry::with_retries(connection.session().options(), {}, [&] {
        change.take(blob, [&](const ArtifactStore::Change::Sink& sink) { registry::stream_blob(connection, blob, 0, [] {}, sink); });
    });
}

Digest pull_from(const ArtifactStore& store, const state::Database& db, registry::Session& session, const Reference& reference, const SignatureRequirements& signatures, const Report& tell) {
    registry::Connection connection{session};
    std::string manifest;
    registry::with_retries(session.options(), {}, [&] { manifest = registry::get_manifest(connection, reference.tag).text; });
    auto artifact = parse_artifact(manifest, reference.text());
    require_signatures(signatures, reference, artifact.digest, connection);
    const ArtifactStore::Change change{store, db};
    auto blobs = artifact.files;
    blobs.push_back(artifact.config);
    std::mutex telling;
    side_by_side(blobs.size(), kFilesAtOnce, [&](std::size_t item, unsigned) {
        registry::Connection own{session};
        fetch(own, change, blobs[item]);
        const std::scoped_lock lock{telling};
        if (tell) tell(concat("Copying blob ", blobs[item].digest.text().substr(0, 19), ": done"));
    });
    return change.name(reference.text(), manifest);
}

}  // namespace

Digest run_artifact_pull(const ImageStore& store, const Reference& reference, const registry::Options& options, const Report& report) {
    const auto signatures = required_signatures(policy_files(options.environment), reference);
    const auto work = [&](const WorkerChannel& channel) {
        const state::Database db{store.db().file(), state::Database::Access::ReadWrite};
        const ArtifactStore artifacts{store.root()};
        Report tell;
        if (report) tell = [&channel](std::string_view line) { channel.send(line); };
        return in_context(concat("pulling ", quote(reference.text())), [&] {
            return registry::at_first_that_works<std::string>(registry::endpoints_for(registry::registries_conf(options), reference), [&](const registry::Endpoint& endpoint) {
                registry::Session session{endpoint, options};
                return pull_from(artifacts, db, session, reference, signatures, tell).text();
            });
        });
    };
    const auto digest = Digest::parse(run_in_worker("pulling an artifact", work, report));
    state::record_event(store.db(), "artifact", "pull", std::string{digest.hex()}, reference.text());
    return digest;
}

void run_artifact_push(const ImageStore& store, const std::string& name, const registry::Options& options, const SigningKeys& signing, const Report& report) {
    const auto work = [&](const WorkerChannel& channel) {
        const state::Database db{store.db().file(), state::Database::Access::ReadWrite};
        const ImageStore own{store.root(), db};
        const ArtifactStore artifacts{store.root()};
        const auto artifact = artifacts.find(name);
        const auto destination = parse_reference(artifact.name);
        check_signing(signing, destination, options);
        OutgoingDocument document{artifact.manifest, std::string{media::kOciManifest}, {}};
        auto blobs = artifact.files;
        blobs.push_back(artifact.config);
        for (const auto& blob : blobs)
            document.blobs.push_back({blob, [path = artifacts.blob_path(blob.digest)] { return std::make_unique<storage::FdSource>(open_at(AT_FDCWD, path, O_RDONLY), path.native()); }, {}});
        Report tell;
        if (report) tell = [&channel](std::string_view line) { channel.send(line); };
        registry::push_documents(own, {document}, destination, options, tell, [](const OutgoingDocument&, std::size_t) {});
        registry::sign_documents({artifact.digest}, destination, options, signing);
        return concat(artifact.digest.hex(), " ", artifact.name);
    };
    const auto pushed = split_once(run_in_worker("pushing an artifact", work, report), ' ').value();
    state::record_event(store.db(), "artifact", "push", pushed.first, pushed.second);
}

}  // namespace skiff::image
