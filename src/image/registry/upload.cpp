#include "image/registry/upload.h"

#include "image/registry/referrers.h"
#include "image/registry/status.h"
#include "util/digest.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

std::string repository(const Connection& connection) { return connection.session().endpoint().repository; }

std::string push_scope(const Connection& connection, const std::string& mount_from) {
    auto scope = concat("repository:", repository(connection), ":pull,push");
    if (!mount_from.empty()) scope.append(concat(" repository:", mount_from, ":pull"));
    return scope;
}

Connection::Call writing(const Connection& connection, std::string method, std::string target) {
    Connection::Call call;
    call.method = std::move(method);
    call.target = std::move(target);
    call.scope = push_scope(connection, "");
    return call;
}

bool exists(Connection& connection, const Digest& digest) {
    const auto response = connection.send(writing(connection, "HEAD", concat("/v2/", repository(connection), "/blobs/", digest.text())));
    if (response.status == 404) return false;
    require_success(response, concat("looking for blob ", digest.text()));
    return true;
}

/// Begins an upload, with an offer to mount; the place to send to, or empty when the blob was mounted.
std::string begin(Connection& connection, const Upload& upload) {
    auto target = concat("/v2/", repository(connection), "/blobs/uploads/");
    if (!upload.mount_from.empty()) target.append(concat("?mount=", percent_encoded(upload.blob.digest.text()), "&from=", percent_encoded(upload.mount_from)));
    auto call = writing(connection, "POST", target);
    call.scope = push_scope(connection, upload.mount_from);
    call.body = "";
    const auto response = connection.send(call);
    require_success(response, "beginning an upload");
    if (response.status == 201) return {};
    const auto location = response.header("location");
    if (location.empty()) throw Error{ErrorKind::Corrupt, "the registry gives no place for an upload"};
    return resolve_location(resolve_location(connection.base(), target), location).text();
}

/// Gives a source's bytes to libcurl and checks at the end that they were the blob's.
class UploadReader {
public:
    explicit UploadReader(const Upload& upload)
        : blob_{upload.blob}, source_{upload.open()}, hashing_{*source_, upload.blob.digest.algorithm(), upload.blob.size, concat("blob ", upload.blob.digest.text())} {}

    std::size_t read(char* buffer, std::size_t size) {
        if (size == 0) return 0;
        const auto got = hashing_.read({buffer, size});
        sent_ += got;
        // The last byte is what makes it a blob: it is held to the digest before it leaves.
        if (sent_ == blob_.size && !checked_) {
            checked_ = true;
            storage::require_digest(blob_.digest, hashing_.digest(), concat("blob ", blob_.digest.text()));
        }
        if (got == 0 && sent_ < blob_.size) storage::require_size(blob_.size, sent_, concat("blob ", blob_.digest.text()));
        return got;
    }

private:
    Descriptor blob_;
    std::unique_ptr<storage::Source> source_;
    storage::HashingSource hashing_;
    std::uint64_t sent_ = 0;
    bool checked_ = false;
};

void send(Connection& connection, const Upload& upload, const std::string& place) {
    const auto* separator = place.find('?') == std::string::npos ? "?" : "&";
    auto call = writing(connection, "PUT", concat(place, separator, "digest=", percent_encoded(upload.blob.digest.text())));
    call.headers = {"Content-Type: application/octet-stream"};
    call.upload_size = upload.blob.size;
    call.open_upload = [&upload] {
        auto reader = std::make_shared<UploadReader>(upload);
        return [reader](char* buffer, std::size_t size) { return reader->read(buffer, size); };
    };
    require_success(connection.send(call), concat("sending blob ", upload.blob.digest.text()));
}

}  // namespace

Uploaded upload_blob(Connection& connection, const Upload& upload) {
    auto outcome = Uploaded::Sent;
    with_retries(connection.session().options(), {}, [&] {
        outcome = Uploaded::Existed;
        if (exists(connection, upload.blob.digest)) return;
        const auto place = begin(connection, upload);
        outcome = place.empty() ? Uploaded::Mounted : Uploaded::Sent;
        if (!place.empty()) send(connection, upload, place);
    });
    return outcome;
}

void put_manifest(Connection& connection, std::string_view reference, const std::string& manifest, const std::string& media_type) {
    bool lists_subjects = false;
    with_retries(connection.session().options(), {}, [&] {
        auto call = writing(connection, "PUT", concat("/v2/", repository(connection), "/manifests/", reference));
        call.headers = {concat("Content-Type: ", media_type)};
        call.body = manifest;
        const auto response = connection.send(call);
        require_success(response, concat("manifest ", reference));
        lists_subjects = !response.header("oci-subject").empty();
        const auto said = Digest::try_parse(response.header("docker-content-digest"));
        if (said && said->is_sha256() && *said != Digest::of(manifest))
            throw Error{ErrorKind::Corrupt, concat("the registry has stored ", said->text(), ", not ", Digest::of(manifest).text())};
    });
    if (!lists_subjects) list_as_referrer(connection, manifest, media_type);
}

}  // namespace skiff::image::registry
