#include "image/registry/push.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

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
        side_by_side(all.size(), kParallel, [&](std::size_t item, unsigned) { blob(all[item]); });
        if (!config_line_.empty()) tell(std::exchange(config_line_, {}));
    }
    /// Nothing when another call has it, or had.
    void blob(const OutgoingBlob& outgoing) {
        if (!is_first(outgoing.blob.digest)) return;
        auto connection = idle_connection();
        send(*connection, outgoing);
        give_back(std::move(connection));
    }
    void manifest(const std::string& reference, const std::string& text, const std::string& media_type) {
        tell("Writing manifest to image destination");
        auto connection = idle_connection();
        put_manifest(*connection, reference, text, media_type);
        give_back(std::move(connection));
    }

private:
    static constexpr unsigned kParallel = 4;

    bool is_first(const Digest& digest) {
        const std::scoped_lock lock{mutex_};
        return sent_.insert(digest.text()).second;
    }
    std::unique_ptr<Connection> idle_connection() {
        const std::scoped_lock lock{mutex_};
        if (idle_.empty()) return std::make_unique<Connection>(session_);
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
    }
    void give_back(std::unique_ptr<Connection> connection) {
        const std::scoped_lock lock{mutex_};
        idle_.push_back(std::move(connection));
    }

    void send(Connection& connection, const OutgoingBlob& outgoing) {
        const auto place = places_.find(outgoing.blob.digest.text());
        const auto mount_from = place == places_.end() ? path_at(outgoing.known_at, destination_) : place->second;
        const auto outcome = upload_blob(connection, {outgoing.blob, mount_from, outgoing.open});
        const char* words = outcome == Uploaded::Sent ? "done" : outcome == Uploaded::Mounted ? "mounted" : "already exists";
        const bool config = is_config(outgoing.blob);
        std::string line = concat(config ? "Copying config " : "Copying blob ", outgoing.blob.digest.text().substr(0, 19), ": ", words);
        if (config) keep_config_line(std::move(line));
        else tell(line);
    }

    /// Said after all blobs, in whatever order they arrive.
    void keep_config_line(std::string line) {
        const std::scoped_lock lock{mutex_};
        config_line_ = std::move(line);
    }

    void tell(std::string_view line) {
        const std::scoped_lock lock{mutex_};
        if (report_) report_(line);
    }

    Session& session_;
    const std::map<std::string, std::string>& places_;
    const Reference& destination_;
    const std::function<void(std::string_view)>& report_;
    std::mutex mutex_;  ///< of what follows, and for telling
    std::set<std::string> sent_;  ///< digests
    std::string config_line_;
    std::vector<std::unique_ptr<Connection>> idle_;
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

struct ImagePush::State {
    State(const ImageStore& store, const Reference& where, const Options& options, const std::function<void(std::string_view)>& report)
        : destination{where}, session{push_endpoint(options, where), options}, places{known_places(store, where)}, push{session, places, destination, report} {}

    std::string context() const { return concat("pushing to ", quote(destination.text())); }

    const Reference& destination;
    Session session;
    std::map<std::string, std::string> places;
    Push push;
};

ImagePush::ImagePush(const ImageStore& store, const Reference& destination, const Options& options, const std::function<void(std::string_view)>& report)
    : state_{std::make_unique<State>(store, destination, options, report)} {}

ImagePush::~ImagePush() = default;

void ImagePush::layer(const OutgoingLayer& layer) {
    in_context(state_->context(), [&] { state_->push.blob({layer.blob, layer.open, {}}); });
}

void ImagePush::finish(const OutgoingImage& image) {
    in_context(state_->context(), [&] {
        const auto document = as_document(image);
        const auto& destination = state_->destination;
        const auto digest = Digest::of(document.text);
        if (destination.digest && *destination.digest != digest) throw Error{ErrorKind::Invalid, concat("the image's digest is ", digest.text())};
        state_->push.blobs(document.blobs);
        state_->push.manifest(destination.digest ? digest.text() : destination.tag, document.text, document.media_type);
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

}  // namespace skiff::image::registry
