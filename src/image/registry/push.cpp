#include "image/registry/push.h"

#include <map>

#include "image/registry/remote_image.h"
#include "image/registry/session.h"
#include "image/registry/upload.h"
#include "util/error.h"
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

class Push {
public:
    Push(Session& session, const std::map<std::string, std::string>& places, const Reference& destination, const std::function<void(std::string_view)>& report)
        : connection_{session}, places_{places}, destination_{destination}, report_{report} {}

    void blob(std::string_view what, const OutgoingBlob& outgoing) {
        const auto place = places_.find(outgoing.blob.digest.text());
        const auto mount_from = place == places_.end() ? path_at(outgoing.known_at, destination_) : place->second;
        const auto outcome = upload_blob(connection_, {outgoing.blob, mount_from, outgoing.open});
        const char* words = outcome == Uploaded::Sent ? "done" : outcome == Uploaded::Mounted ? "mounted" : "already exists";
        if (report_) report_(concat(what, " ", outgoing.blob.digest.text().substr(0, 19), ": ", words));
    }
    void manifest(const std::string& reference, const std::string& text, const std::string& media_type) {
        if (report_) report_("Writing manifest to image destination");
        put_manifest(connection_, reference, text, media_type);
    }

private:
    Connection connection_;
    const std::map<std::string, std::string>& places_;
    const Reference& destination_;
    const std::function<void(std::string_view)>& report_;
};

bool is_config(const Descriptor& blob) { return blob.media_type == media::kOciConfig || blob.media_type == media::kDockerConfig; }

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
            for (const auto& blob : document.blobs) push.blob(is_config(blob.blob) ? "Copying config" : "Copying blob", blob);
            const bool named = i + 1 == documents.size() && !destination.digest;
            push.manifest(named ? destination.tag : Digest::of(document.text).text(), document.text, document.media_type);
        }
    });
}

void push_image(const ImageStore& store, const OutgoingImage& image, const Reference& destination, const Options& options,
                const std::function<void(std::string_view)>& report) {
    push_documents(store, {as_document(image)}, destination, options, report, [](const OutgoingDocument&, std::size_t) {});
}

}  // namespace skiff::image::registry
