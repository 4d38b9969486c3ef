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

class Push {
public:
    Push(Session& session, const std::map<std::string, std::string>& places, const std::function<void(std::string_view)>& report)
        : connection_{session}, places_{places}, report_{report} {}

    void blob(std::string_view what, const Descriptor& descriptor, const std::function<std::unique_ptr<storage::Source>()>& open) {
        const auto place = places_.find(descriptor.digest.text());
        const auto outcome = upload_blob(connection_, {descriptor, place == places_.end() ? std::string{} : place->second, open});
        const char* words = outcome == Uploaded::Sent ? "done" : outcome == Uploaded::Mounted ? "mounted" : "already exists";
        if (report_) report_(concat(what, " ", descriptor.digest.text().substr(0, 19), ": ", words));
    }
    void manifest(const OutgoingImage& image, const Reference& destination) {
        if (report_) report_("Writing manifest to image destination");
        put_manifest(connection_, destination.digest ? destination.digest->text() : destination.tag, image.manifest, image.manifest_type);
    }

private:
    Connection connection_;
    const std::map<std::string, std::string>& places_;
    const std::function<void(std::string_view)>& report_;
};

}  // namespace

void push_image(const ImageStore& store, const OutgoingImage& image, const Reference& destination, const Options& options,
                const std::function<void(std::string_view)>& report) {
    in_context(concat("pushing to ", quote(destination.text())), [&] {
        if (destination.digest && *destination.digest != Digest::of(image.manifest))
            throw Error{ErrorKind::Invalid, concat("the image's digest is ", Digest::of(image.manifest).text())};
        Session session{push_endpoint(options, destination), options};
        const auto places = known_places(store, destination);
        Push push{session, places, report};
        for (const auto& layer : image.layers) push.blob("Copying blob", layer.blob, layer.open);
        push.blob("Copying config", image.config_blob, [&] { return std::make_unique<storage::MemorySource>(image.config); });
        push.manifest(image, destination);
    });
}

}  // namespace skiff::image::registry
