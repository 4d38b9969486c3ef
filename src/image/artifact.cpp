#include "image/artifact.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "state/event.h"
#include "storage/source.h"
#include "util/corrupt.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/json.h"
#include "util/log.h"
#include "util/random.h"
#include "util/sha256.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr const char* kCreated = "org.opencontainers.image.created";
constexpr const char* kLayoutVersion = R"({"imageLayoutVersion":"1.0.0"})";

std::map<std::string, std::string> notes_of(const Json& document) {
    std::map<std::string, std::string> annotations;
    if (const Json* list = member(document, "annotations"))
        for (const auto& [key, value] : list->items())
            if (value.is_string()) annotations.emplace(key, value.get<std::string>());
    return annotations;
}

std::string artifact_note(const std::map<std::string, std::string>& annotations, const char* key) {
    const auto found = annotations.find(key);
    return found == annotations.end() ? std::string{} : found->second;
}

bool has_digest(const Artifact& artifact, std::string_view text) {
    constexpr std::size_t kShortestDigits = 3;
    if (text.starts_with("sha256:")) text.remove_prefix(7);
    return text.size() >= kShortestDigits && artifact.digest.hex().starts_with(text);
}

bool has_name(const Artifact& artifact, std::string_view text) {
    const auto reference = try_parse_reference(text);
    if (!reference) return false;
    if (reference->digest) return artifact.digest == *reference->digest && artifact.name.starts_with(concat(reference->repository(), ":"));
    const auto candidates = local_candidates(*reference);
    return std::any_of(candidates.begin(), candidates.end(), [&](const Reference& candidate) { return candidate.text() == artifact.name; });
}

/// A blob being written; its name is no digest, so the next change sweeps what a crash leaves.
class BlobFile {
public:
    explicit BlobFile(const fs::path& directory) : directory_{open_directory(directory)}, name_{concat("new-", random_id())} {
        file_ = open_at(directory_.get(), name_, O_WRONLY | O_CREAT | O_EXCL, 0644);  // for any user of a container; nobody else gets to the directory
    }
    BlobFile(const BlobFile&) = delete;
    BlobFile& operator=(const BlobFile&) = delete;
    ~BlobFile() {
        if (!name_.empty()) ::unlinkat(directory_.get(), name_.c_str(), 0);
    }
    void write(std::string_view bytes) {
        write_all(file_.get(), bytes, "artifact");
        hasher_.update(bytes);
        size_ += bytes.size();
    }
    std::uint64_t size() const noexcept { return size_; }
    Digest digest() { return Digest::sha256(hasher_.finish_hex()); }
    void keep(const Digest& digest) {
        if (::fdatasync(file_.get()) != 0) throw SystemError{errno, "writing an artifact"};
        if (::renameat(directory_.get(), name_.c_str(), directory_.get(), std::string{digest.hex()}.c_str()) != 0) throw SystemError{errno, "keeping an artifact's file"};
        name_.clear();
    }

private:
    UniqueFd directory_;
    std::string name_;
    UniqueFd file_;
    Hasher hasher_;
    std::uint64_t size_ = 0;
};

/// Digests, in hexadecimal, that containers' mounts name.
std::set<std::string> mounted_blobs(const state::Database& db) {
    constexpr std::string_view kBlobs = "/artifacts/blobs/sha256/";
    constexpr std::size_t kDigits = 64;
    std::set<std::string> digests;
    auto query = db.prepare("SELECT config FROM container WHERE instr(config, ?)");
    query.bind(kBlobs);
    while (query.step()) {
        const auto config = query.text(0);
        for (auto at = config.find(kBlobs); at != std::string::npos; at = config.find(kBlobs, at)) {
            at += kBlobs.size();
            digests.insert(config.substr(at, kDigits));
        }
    }
    return digests;
}

OrderedJson entry_json(const Descriptor& entry) {
    OrderedJson json{{"mediaType", entry.media_type}, {"digest", entry.digest.text()}, {"size", entry.size}};
    if (!entry.artifact_type.empty()) json["artifactType"] = entry.artifact_type;
    json["annotations"] = entry.annotations;
    return json;
}

}  // namespace

std::uint64_t Artifact::size() const {
    std::uint64_t bytes = 0;
    for (const auto& file : files) bytes += file.size;
    return bytes;
}

Artifact parse_artifact(std::string_view text, std::string_view name) {
    return in_context(name, [&] {
        if (kind_of_document(text, "", "manifest") == DocumentKind::Index) throw Error{ErrorKind::Unsupported, "an index, not an artifact"};
        const auto document = parse_json(text, "manifest");
        const Json* config = member(document, "config");
        if (config == nullptr) throw_corrupt("a manifest without config");
        Artifact artifact{std::string{name}, Digest::of(text), std::string{text}, string_or(document, "artifactType"), notes_of(document), parse_descriptor(*config), {}, {}};
        if (artifact.config.media_type == media::kOciConfig || artifact.config.media_type == media::kDockerConfig)
            throw Error{ErrorKind::Unsupported, "an image, not an artifact", "\"skiff pull\" takes images"};
        if (artifact.type.empty()) artifact.type = artifact.config.media_type;
        if (const Json* layers = member(document, "layers"))
            for (const auto& layer : *layers) artifact.files.push_back(parse_descriptor(layer));
        if (artifact.files.size() > kLayerCountLimit) throw_corrupt("too many files");
        artifact.created = parse_time(artifact_note(artifact.annotations, kCreated));
        return artifact;
    });
}

std::string artifact_file_name(const Descriptor& file) {
    const auto title = artifact_note(file.annotations, kArtifactTitle);
    if (title.empty()) return concat(file.digest.algorithm(), "-", file.digest.hex());
    if (title == "." || title == ".." || title.find('/') != std::string::npos || title.find('\0') != std::string::npos || title.size() > 255)
        throw Error{ErrorKind::Corrupt, concat("title ", quote(title), " is no file name"), "--digest chooses a file without it"};
    return title;
}

const Descriptor& choose_artifact_file(const Artifact& artifact, const std::string& title, const std::string& digest) {
    const auto is_chosen = [&](const Descriptor& file) {
        return (title.empty() || artifact_note(file.annotations, kArtifactTitle) == title) && (digest.empty() || file.digest.text() == digest);
    };
    const auto found = std::find_if(artifact.files.begin(), artifact.files.end(), is_chosen);
    if (found == artifact.files.end()) throw Error{ErrorKind::NotFound, concat("artifact ", quote(artifact.name), " has no file ", quote(title.empty() ? digest : title))};
    if (std::find_if(found + 1, artifact.files.end(), is_chosen) != artifact.files.end())
        throw Error{ErrorKind::Ambiguous, concat("artifact ", quote(artifact.name), " has several files"), "a title or a digest chooses one"};
    return *found;
}

fs::path ArtifactStore::blob_path(const Digest& digest) const { return directory_ / "blobs" / "sha256" / std::string{digest.hex()}; }

Index ArtifactStore::read_index() const {
    const auto text = read_file_if_exists_at(AT_FDCWD, directory_ / "index.json", kManifestLimitBytes);
    return text ? parse_index(*text, "", "artifacts") : Index{std::string{media::kOciIndex}, {}, {}};
}

Artifact ArtifactStore::read(const Descriptor& entry) const {
    const auto name = artifact_note(entry.annotations, kRefName);
    const auto text = read_file(blob_path(entry.digest), kManifestLimitBytes);
    verify_content(text, entry, name);
    return parse_artifact(text, name);
}

std::vector<Artifact> ArtifactStore::list() const {
    std::vector<Artifact> artifacts;
    for (const auto& entry : read_index().manifests) artifacts.push_back(read(entry));
    std::sort(artifacts.begin(), artifacts.end(), [](const Artifact& one, const Artifact& other) { return one.name < other.name; });
    return artifacts;
}

std::optional<Artifact> ArtifactStore::try_find(std::string_view name_or_digest) const {
    const auto artifacts = list();
    for (const auto& artifact : artifacts)
        if (has_name(artifact, name_or_digest)) return artifact;
    std::optional<Artifact> found;
    for (const auto& artifact : artifacts) {
        if (!has_digest(artifact, name_or_digest)) continue;
        if (found && found->digest != artifact.digest) throw Error{ErrorKind::Ambiguous, concat("artifact ", quote(name_or_digest), ": more than one matches")};
        if (!found) found = artifact;
    }
    return found;
}

Artifact ArtifactStore::find(std::string_view name_or_digest) const {
    auto found = try_find(name_or_digest);
    if (!found) throw Error{ErrorKind::NotFound, concat(name_or_digest, ": artifact does not exist"), "\"skiff artifact ls\" lists what there is"};
    return *found;
}

ArtifactStore::Change::Change(const ArtifactStore& store, const state::Database& db) : store_{store}, db_{db}, lock_{state::FileLock::exclusive_blocking(store.lock_file_)} {
    lock_.record_owner();
    fs::create_directories(store_.directory_ / "blobs" / "sha256");
    fs::permissions(store_.directory_, fs::perms::owner_all);
    const auto directory = open_directory(store_.directory_);
    if (!fs::exists(store_.directory_ / "oci-layout")) replace_file_at(directory.get(), "oci-layout", kLayoutVersion, 0600);
}

/// Sweeps: what a change that failed or crashed has left, too.
ArtifactStore::Change::~Change() {
    try {
        auto wanted = mounted_blobs(db_);
        for (const auto& artifact : store_.list()) {
            wanted.emplace(artifact.digest.hex());
            wanted.emplace(artifact.config.digest.hex());
            for (const auto& file : artifact.files) wanted.emplace(file.digest.hex());
        }
        const auto blobs = open_directory(store_.directory_ / "blobs" / "sha256");
        for (const auto& name : list_directory(blobs.get()))
            if (!wanted.contains(name)) ::unlinkat(blobs.get(), name.c_str(), 0);
    } catch (const std::exception& error) {
        log::debug(concat("sweeping artifacts: ", error.what()));  // the next change does it
    }
}

void ArtifactStore::Change::take(const Descriptor& blob, const std::function<void(const Sink&)>& write) const {
    if (!blob.digest.is_sha256()) throw Error{ErrorKind::Unsupported, concat("blob ", blob.digest.text(), ": only sha256 is stored")};
    if (fs::exists(store_.blob_path(blob.digest))) return;
    BlobFile file{store_.blob_path(blob.digest).parent_path()};
    write([&](std::string_view bytes) { file.write(bytes); });
    storage::require_size(blob.size, file.size(), concat("blob ", blob.digest.text()));
    storage::require_digest(blob.digest, file.digest(), concat("blob ", blob.digest.text()));
    file.keep(blob.digest);
    fault_point("artifact:blob");
}

Descriptor ArtifactStore::Change::take_file(const fs::path& path, const std::string& media_type) const {
    storage::FdSource source{open_at(AT_FDCWD, path, O_RDONLY | O_NOCTTY), path.native()};
    BlobFile file{store_.directory_ / "blobs" / "sha256"};
    std::vector<char> buffer(256U << 10);
    while (const auto got = source.read(buffer)) file.write({buffer.data(), got});
    Descriptor blob{media_type, file.digest(), file.size(), {}, {}, {}};
    file.keep(blob.digest);
    fault_point("artifact:blob");
    return blob;
}

void ArtifactStore::Change::write_index(const Index& index) const {
    OrderedJson document{{"schemaVersion", 2}, {"mediaType", media::kOciIndex}, {"manifests", OrderedJson::array()}};
    for (const auto& entry : index.manifests) document["manifests"].push_back(entry_json(entry));
    const auto directory = open_directory(store_.directory_);
    replace_file_at(directory.get(), "index.json", dump(document), 0600, Sync::Yes);
    fault_point("artifact:index");
}

Digest ArtifactStore::Change::name(const std::string& name, const std::string& manifest) const {
    const auto artifact = parse_artifact(manifest, name);
    Descriptor entry{std::string{media::kOciManifest}, artifact.digest, manifest.size(), {}, artifact.type, {{kRefName, name}}};
    take(entry, [&](const Sink& sink) { sink(manifest); });
    auto index = store_.read_index();
    std::erase_if(index.manifests, [&](const Descriptor& other) { return artifact_note(other.annotations, kRefName) == name; });
    index.manifests.push_back(std::move(entry));
    write_index(index);
    return artifact.digest;
}

void ArtifactStore::Change::forget(const std::string& name) const {
    auto index = store_.read_index();
    if (std::erase_if(index.manifests, [&](const Descriptor& entry) { return artifact_note(entry.annotations, kRefName) == name; }) == 0)
        throw Error{ErrorKind::NotFound, concat(name, ": artifact does not exist")};
    write_index(index);
}

Digest remove_artifact(const ArtifactStore& store, const state::Database& db, std::string_view name_or_digest) {
    const ArtifactStore::Change change{store, db};
    const auto artifact = store.find(name_or_digest);
    change.forget(artifact.name);
    state::record_event(db, "artifact", "remove", std::string{artifact.digest.hex()}, artifact.name);
    return artifact.digest;
}

void sweep_artifacts(const ArtifactStore& store, const state::Database& db) {
    if (store.exists()) const ArtifactStore::Change change{store, db};
}

}  // namespace skiff::image
