#include "image/registry/push.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "image/registry/remote_image.h"
#include "image/registry/session.h"
#include "image/registry/upload.h"
#include "image/signature/requirement.h"
#include "util/error.h"
#include "util/side_by_side.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

/// Where pushes go: the location itself, never a mirror.
Endpoint push_endpoint(const Options& options, const Reference& destination) {
    auto endpoints = endpoints_for(registries_conf(options), destination);
    return std::move(endpoints.back());
}

/// Blobs by digest, and a repository of the same registry that local images' names say has them.
std::map<std::string, std::string> known_places(const ImageStore& store, const Reference& destination) {
    std::map<std::string, std::string> places;
    for (const auto& record : store.list())
        for (const auto& name : record.names) {
            const auto reference = parse_reference(name);
            if (reference.registry != destination.registry || reference.path == destination.path) continue;
            const auto manifest = parse_manifest(record.manifest, record.manifest_type, "manifest");
            for (const auto& layer : manifest.layers) places.emplace(layer.digest.text(), reference.path);
        }
    return places;
}

/// "HOST/PATH" as a place of the same registry: the path; else empty.
std::string path_at(const std::string& known_at, const Reference& destination) {
    const auto place = try_parse_reference(known_at);
    return place && place->registry == destination.registry && place->path != destination.path ? place->path : std::string{};
}

bool is_config(const Descriptor& blob) { return blob.media_type == media::kOciConfig || blob.media_type == media::kDockerConfig; }

class Push {
public:
    Push(Session& session, const std::map<std::string, std::string>& places, const Reference& destination, const std::function<void(std::string_view)>& report)
        : session_{session}, places_{places}, destination_{destination}, report_{report} {}

    /// Looked for, mounted and sent side by side: most of the time of a push is somebody else's.
    void blobs(const std::vector<OutgoingBlob>& all) {
        const auto wanted = not_sent_yet(all);
        while (connections_.size() < std::min<std::size_t>(wanted.size(), kParallel)) connections_.push_back(std::make_unique<Connection>(session_));
        side_by_side(wanted.size(), kParallel, [&](std::size_t item, unsigned thread) { blob(*connections_[thread], *wanted[item]); });
    }
    void manifest(const std::string& reference, const std::string& text, const std::string& media_type) {
        tell("Writing manifest to image destination");
        if (connections_.empty()) connections_.push_back(std::make_unique<Connection>(session_));
        put_manifest(*connections_.front(), reference, text, media_type);
    }

private:
    static constexpr unsigned kParallel = 4;

    std::vector<const OutgoingBlob*> not_sent_yet(const std::vector<OutgoingBlob>& all) {
        std::vector<const OutgoingBlob*> wanted;
        for (const auto& blob : all)
            if (sent_.insert(blob.blob.digest.text()).second) wanted.push_back(&blob);
        return wanted;
    }

    void blob(Connection& connection, const OutgoingBlob& outgoing) {
        const auto place = places_.find(outgoing.blob.digest.text());
        const auto mount_from = place == places_.end() ? path_at(outgoing.known_at, destination_) : place->second;
        const auto outcome = upload_blob(connection, {outgoing.blob, mount_from, outgoing.open});
        const char* words = outcome == Uploaded::Sent ? "done" : outcome == Uploaded::Mounted ? "mounted" : "already exists";
        tell(concat(is_config(outgoing.blob) ? "Copying config " : "Copying blob ", outgoing.blob.digest.text().substr(0, 19), ": ", words));
    }

    void tell(std::string_view line) {
        const std::scoped_lock lock{telling_};
        if (report_) report_(line);
    }

    Session& session_;
    const std::map<std::string, std::string>& places_;
    const Reference& destination_;
    const std::function<void(std::string_view)>& report_;
    std::mutex telling_;
    std::set<std::string> sent_;  ///< digests
    std::vector<std::unique_ptr<Connection>> connections_;  ///< one a thread
};

}  // namespace

void push_documents(const ImageStore& store, const OutgoingDocuments& documents, const Reference& destination, const Options& options,
                    const std::function<void(std::string_view)>& report, const std::function<void(const OutgoingDocument&, std::size_t)>& begun) {
    in_context(concat("pushing to ", quote(destination.text())), [&] {
        const auto digest = Digest::of(documents.back().text);
        if (destination.digest && *destination.digest != digest) throw Error{ErrorKind::Invalid, concat("the image's digest is ", digest.text())};
        Session session{push_endpoint(options, destination), options};
        const auto places = known_places(store, destination);
        Push push{session, places, destination, report};
        for (std::size_t i = 0; i < documents.size(); ++i) {
            const auto& document = documents[i];
            begun(document, i + 1);
            push.blobs(document.blobs);
            const bool named = i + 1 == documents.size() && !destination.digest;
            push.manifest(named ? destination.tag : Digest::of(document.text).text(), document.text, document.media_type);
        }
    });
}

void sign_documents(const std::vector<Digest>& documents, const Reference& destination, const Options& options, const SigningKeys& keys) {
    if (keys.empty()) return;
    in_context(concat("signing ", quote(destination.text())), [&] {
        Session session{push_endpoint(options, destination), options};
        Connection connection{session};
        for (const auto& digest : documents) sign_pushed(keys, destination, digest, connection);
    });
}

void push_image(const ImageStore& store, const OutgoingImage& image, const Reference& destination, const Options& options,
                const std::function<void(std::string_view)>& report) {
    push_documents(store, {as_document(image)}, destination, options, report, [](const OutgoingDocument&, std::size_t) {});
}

}  // namespace skiff::image::registry
