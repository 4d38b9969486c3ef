#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "image/artifact.h"
#include "storage/source.h"
#include "state/event.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr const char* kUnknownArtifact = "application/vnd.unknown.artifact.v1";
constexpr const char* kEmptyConfig = "application/vnd.oci.empty.v1+json";
constexpr std::string_view kEmptyObject = "{}";

bool is_text(std::string_view head) {
    for (const unsigned char byte : head)
        if (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t' && byte != '\f' && byte != 0x1b) return false;
    return true;
}

/// By the first bytes.
std::string media_type_by_content(const fs::path& path) {
    const auto file = open_at(AT_FDCWD, path, O_RDONLY | O_NOCTTY);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) throw SystemError{errno, quote(path.native())};
    if (!S_ISREG(status.st_mode)) throw Error{ErrorKind::Invalid, concat(quote(path.native()), ": no regular file"), "an artifact is made of files"};
    std::array<char, 512> head{};
    const auto got = ::pread(file.get(), head.data(), head.size(), 0);
    const std::string_view bytes{head.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
    const auto compression = storage::detect_compression(bytes);
    if (compression == storage::Compression::Gzip) return "application/x-gzip";
    if (compression == storage::Compression::Zstd) return "application/zstd";
    if (bytes.starts_with("\x89PNG\r\n")) return "image/png";
    if (bytes.starts_with("PK\x03\x04")) return "application/zip";
    if (bytes.starts_with("%PDF-")) return "application/pdf";
    return is_text(bytes) ? "text/plain; charset=utf-8" : "application/octet-stream";
}

OrderedJson file_json(const Descriptor& file) {
    OrderedJson json{{"mediaType", file.media_type}, {"digest", file.digest.text()}, {"size", file.size}};
    if (!file.annotations.empty()) json["annotations"] = file.annotations;
    return json;
}

std::string manifest_text(const std::string& type, const std::vector<Descriptor>& files, std::map<std::string, std::string> annotations) {
    annotations.emplace("org.opencontainers.image.created", rfc3339(now_nanos()));
    OrderedJson document{{"schemaVersion", 2}, {"mediaType", media::kOciManifest}, {"artifactType", type}};
    document["config"] = {{"mediaType", kEmptyConfig}, {"digest", Digest::of(kEmptyObject).text()}, {"size", kEmptyObject.size()}, {"data", "e30="}};
    document["layers"] = OrderedJson::array();
    for (const auto& file : files) document["layers"].push_back(file_json(file));
    document["annotations"] = annotations;
    return dump(document);
}

void require_new_title(const std::vector<Descriptor>& files, const std::string& title) {
    for (const auto& file : files)
        if (artifact_file_name(file) == title) throw Error{ErrorKind::Exists, concat("the artifact has a file ", quote(title), " already")};
}

}  // namespace

Digest add_artifact(const ArtifactStore& store, const state::Database& db, const ArtifactAddition& addition) {
    const ArtifactStore::Change change{store, db};
    const auto before = store.try_find(addition.name);
    if (addition.append && !before) throw Error{ErrorKind::NotFound, concat(addition.name, ": artifact does not exist, so nothing can be appended to it")};
    if (before && !addition.append && !addition.replace)
        throw Error{ErrorKind::Exists, concat(addition.name, ": artifact already exists"), "--replace takes its place, --append adds to it"};
    auto files = addition.append ? before->files : std::vector<Descriptor>{};
    for (const auto& path : addition.files) {
        const auto title = path.filename().native();
        in_context(concat("adding ", quote(path.native())), [&] { require_new_title(files, title); });
        const auto found_type = media_type_by_content(path);
        auto file = change.take_file(path, addition.file_type.empty() ? found_type : addition.file_type);
        file.annotations = addition.annotations;
        file.annotations.insert_or_assign(kArtifactTitle, title);
        files.push_back(std::move(file));
    }
    const Descriptor config{kEmptyConfig, Digest::of(kEmptyObject), kEmptyObject.size(), {}, {}, {}};
    change.take(config, [](const ArtifactStore::Change::Sink& sink) { sink(kEmptyObject); });
    const auto type = addition.append ? before->type : addition.type.empty() ? kUnknownArtifact : addition.type;
    const auto digest = change.name(addition.name, manifest_text(type, files, addition.append ? before->annotations : std::map<std::string, std::string>{}));
    state::record_event(db, "artifact", "create", std::string{digest.hex()}, addition.name);
    return digest;
}

}  // namespace skiff::image
