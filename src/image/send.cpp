#include "image/send.h"

#include <fcntl.h>

#include "image/registry/push.h"
#include "image/save.h"
#include "image/signature/requirement.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::image {
namespace {

std::vector<std::string> one_name(const std::string& reference) { return reference.empty() ? std::vector<std::string>{} : std::vector<std::string>{reference}; }

std::vector<std::string> archive_name(const std::string& reference) {
    return reference.empty() ? std::vector<std::string>{} : std::vector<std::string>{normalize_reference(reference, Default::DockerHub).text()};
}

void refuse_existing(const std::string& path, const char* what) {
    if (fs::exists(path) && fs::is_regular_file(path))
        throw Error{ErrorKind::Exists, concat(what, " ", quote(path), ": exists, and is not added to"), "remove it first"};
}

[[noreturn]] void refuse_storage() {
    throw Error{ErrorKind::Unsupported, "podman's own storage is read, not written", "\"skiff save\" and \"podman load\" carry an image there"};
}

/// Layouts are OCI's own.
OutgoingOptions for_transport(Transport transport, OutgoingOptions wanted) {
    if (transport != Transport::Oci && transport != Transport::OciArchive) return wanted;
    if (wanted.format == ManifestFormat::Docker) throw Error{ErrorKind::Invalid, "an OCI layout holds no manifest in docker's format", "push without --format v2s2"};
    wanted.format = ManifestFormat::Oci;
    return wanted;
}

Digest push_to_registry(const ImageStore& store, const ImageRecord& record, const PushRequest& request, OutgoingOptions wanted, const Report& report) {
    const auto destination = parse_reference(request.destination.path);
    registry::ImagePush push{store, destination, request.options, report};
    if (!destination.digest) wanted.ready = [&](const OutgoingLayer& layer) { push.layer(layer); };  // else the whole digest is compared before anything is sent
    const auto image = outgoing_image(store, record, wanted);
    push.finish(image);
    const auto digest = Digest::of(image.manifest);
    registry::sign_documents({digest}, destination, request.options, wanted.signing);
    return digest;
}

}  // namespace

void check_destination_signing(const Location& destination, const SigningKeys& keys, const registry::Options& options) {
    if (keys.empty()) return;
    if (destination.transport != Transport::Docker) throw Error{ErrorKind::Invalid, "signatures are made of what goes to a registry, not of files", "push without --sign-by"};
    check_signing(keys, parse_reference(destination.path), options);
}

std::string index_of_layout(const std::string& directory) {
    return read_file_if_exists_at(AT_FDCWD, fs::path{directory} / "index.json", kManifestLimitBytes).value_or("");
}

Digest send_image(const ImageStore& store, const PushRequest& request, const OutgoingOptions& wanted, const Report& report) {
    const auto record = store.get(request.id);
    const auto& [transport, path, reference] = request.destination;
    if (transport == Transport::ContainersStorage) refuse_storage();
    check_destination_signing(request.destination, wanted.signing, request.options);
    if (transport == Transport::DockerArchive) {
        refuse_existing(path, "docker-archive");
        const auto image = outgoing_plain(store, record, wanted.may_dlopen);
        save_docker_archive(*write_to_archive(path), {{image, record.id, archive_name(reference)}});
        return Digest::of(image.manifest);
    }
    if (transport == Transport::Docker) return push_to_registry(store, record, request, for_transport(transport, wanted), report);
    const auto image = outgoing_image(store, record, for_transport(transport, wanted));
    switch (transport) {
        case Transport::Oci: save_oci(*write_to_directory(path), {{image, record.id, one_name(reference)}}, index_of_layout(path)); break;
        case Transport::OciArchive: save_oci(*write_to_archive(path), {{image, record.id, one_name(reference)}}, {}); break;
        case Transport::Dir: save_blob_directory(*write_to_directory(path), image); break;
        case Transport::ContainersStorage: refuse_storage();
        case Transport::Docker:
        case Transport::DockerArchive: break;
    }
    return Digest::of(image.manifest);
}

void save_images(const ImageStore& store, const SaveRequest& request, const ReceiveOptions& options) {
    const bool plain = request.format == SaveFormat::DockerArchive;
    OutgoingOptions wanted;
    wanted.may_dlopen = options.may_dlopen;
    wanted.format = request.format == SaveFormat::DockerDirectory ? ManifestFormat::Docker : ManifestFormat::Oci;
    std::vector<NamedOutgoing> images;
    for (const auto& [id, names] : request.images) {
        const auto record = store.get(id);
        images.push_back({in_context(concat("image ", id.substr(0, 12)), [&] { return plain ? outgoing_plain(store, record, wanted.may_dlopen) : outgoing_image(store, record, wanted); }), id, names});
        if (options.report) options.report(concat("Saving image ", names.empty() ? id.substr(0, 12) : names.front()));
    }
    switch (request.format) {
        case SaveFormat::DockerArchive: return save_docker_archive(*write_to_archive(request.output), images);
        case SaveFormat::OciArchive: return save_oci(*write_to_archive(request.output), images, {});
        case SaveFormat::OciDirectory: return save_oci(*write_to_directory(request.output), images, index_of_layout(request.output));
        case SaveFormat::DockerDirectory: return save_blob_directory(*write_to_directory(request.output), images.front().image);
    }
}

}  // namespace skiff::image
