#include "storage/blob_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/file_lock.h"
#include "state/intent.h"
#include "storage/layer_publish.h"
#include "storage/partial_blob.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

/// Publishing (rename, then row) holds this shared, the sweep exclusively: a renamed file whose row is not yet there
/// is not a leftover.
state::FileLock publishing_lock(const fs::path& root, bool exclusive) {
    const UniqueFd staging = make_directory(root / "staging", 0700);
    const auto path = root / "staging" / "blobs.lock";
    constexpr std::chrono::minutes kPatience{1};
    return exclusive ? state::FileLock::exclusive(path, kPatience) : state::FileLock::shared(path, kPatience);
}

std::optional<std::uint64_t> size_on_disk(const fs::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_size);
}

fs::path blob_path(const fs::path& root, const Digest& digest) { return root / "blobs" / "sha256" / fs::path{digest.hex()}; }

void drop_row(const state::Database& db, const Digest& digest) {
    db.prepare("DELETE FROM blob WHERE digest = ?").bind(digest.text()).run();
}

void unlink_blob(const fs::path& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw SystemError{errno, concat("removing ", quote(path.native()))};
}

void publish_file(const fs::path& root, const state::Database& db, int directory, const fs::path& name, const BlobInfo& blob) {
    const auto lock = publishing_lock(root, /*exclusive=*/false);
    { const UniqueFd outer = make_directory(root / "blobs", 0700); }
    const UniqueFd blobs = make_directory(root / "blobs" / "sha256", 0700);
    if (::renameat(directory, name.c_str(), blobs.get(), std::string{blob.digest.hex()}.c_str()) != 0)
        throw SystemError{errno, concat("renaming to blob ", blob.digest.text())};
    fault_point("blob:renamed");
    db.prepare("INSERT INTO blob (digest, size, created_at) VALUES (?, ?, ?) "
               "ON CONFLICT (digest) DO UPDATE SET size = excluded.size")
        .bind(blob.digest.text()).bind(blob.size).bind(now_nanos()).run();
    fault_point("blob:recorded");
}

}  // namespace

BlobWriter::BlobWriter(const fs::path& root, const state::Database& db, std::string_view second_algorithm)
    : root_{root}, db_{&db}, entry_{root, "blob"} {
    if (!second_algorithm.empty()) second_.emplace(second_algorithm);
    file_ = open_at(entry_.fd(), "blob", O_WRONLY | O_CREAT | O_EXCL, 0600);
}

void BlobWriter::write(std::string_view data) {
    write_all(file_.get(), data, (entry_.path() / "blob").native());
    hasher_.update(data);
    if (second_) second_->update(data);
    size_ += data.size();
}

BlobInfo BlobWriter::commit(const std::optional<Digest>& expected, std::optional<std::uint64_t> expected_size) {
    if (expected_size) require_size(*expected_size, size_, expected ? expected->text() : std::string{"blob"});
    const Digest digest = Digest::sha256(hasher_.finish_hex());
    if (expected) {
        const auto actual = second_ ? Digest::parse(concat(expected->algorithm(), ":", second_->finish_hex())) : digest;
        require_digest(*expected, actual, "blob");
    }
    if (::fdatasync(file_.get()) != 0) throw SystemError{errno, concat("syncing blob ", digest.text())};
    fault_point("blob:synced");
    publish_file(root_, *db_, entry_.fd(), "blob", {digest, size_});
    return {digest, size_};
}

BlobWriter::Leased BlobWriter::commit_leased() {
    const BlobInfo blob{Digest::sha256(hasher_.finish_hex()), size_};
    const auto lease = state::begin_intent(*db_, "layer", blob.digest.text(), kLeaseStep);
    publish_file(root_, *db_, entry_.fd(), "blob", blob);
    return {blob, lease};
}

BlobWriter BlobStore::writer(const std::optional<Digest>& expected) const {
    return BlobWriter{root_, *db_, expected && !expected->is_sha256() ? expected->algorithm() : std::string_view{}};
}

BlobInfo BlobStore::add(Source& source, const std::optional<Digest>& expected,
                        std::optional<std::uint64_t> expected_size) const {
    auto blob = writer(expected);
    std::vector<char> buffer(256U << 10);
    while (const auto got = source.read(buffer)) {
        if (expected_size && blob.size() + got > *expected_size) {
            throw Error{ErrorKind::Corrupt, concat(expected ? expected->text() : std::string{"blob"}, ": larger than the ",
                                                   *expected_size, " bytes expected")};
        }
        blob.write({buffer.data(), got});
    }
    return blob.commit(expected, expected_size);
}

BlobInfo BlobStore::add(std::string_view content) const {
    auto blob = writer();
    blob.write(content);
    return blob.commit();
}

BlobInfo BlobStore::adopt(const fs::path& file, const Digest& digest, std::uint64_t size) const {
    publish_file(root_, *db_, AT_FDCWD, file, {digest, size});
    return {digest, size};
}

std::int64_t BlobStore::lease(const Digest& digest) const { return state::begin_intent(*db_, "layer", digest.text(), kLeaseStep); }

std::uint64_t BlobStore::remove_unreferenced(std::chrono::seconds partial_age) const {
    std::vector<Digest> loose;
    std::uint64_t bytes = 0;
    {
        state::Transaction transaction{*db_};
        auto query = db_->prepare(
            "DELETE FROM blob WHERE digest NOT IN (SELECT blob FROM layer WHERE blob IS NOT NULL) "
            "AND digest NOT IN (SELECT object_id FROM intent WHERE object_kind = 'layer') RETURNING digest, size");
        while (query.step()) {
            loose.push_back(Digest::parse(query.text(0)));
            bytes += static_cast<std::uint64_t>(query.integer(1));
        }
        transaction.commit();
    }
    unlink_removed(loose);
    return bytes + sweep_partial_blobs(root_, partial_age);
}

void BlobStore::remove_unreferenced(const std::vector<Digest>& digests) const {
    std::vector<Digest> loose;
    for (const auto& digest : digests) {
        auto query = db_->prepare(
            "DELETE FROM blob WHERE digest = ?1 AND NOT EXISTS (SELECT 1 FROM layer WHERE blob = ?1) "
            "AND NOT EXISTS (SELECT 1 FROM intent WHERE object_kind = 'layer' AND object_id = ?1) RETURNING digest");
        query.bind(digest.text());
        while (query.step()) loose.push_back(digest);
    }
    unlink_removed(loose);
}

fs::path BlobStore::path_of(const Digest& digest) const { return blob_path(root_, digest); }

std::optional<BlobInfo> BlobStore::find(const Digest& digest) const {
    if (!digest.is_sha256()) return std::nullopt;
    auto query = db_->prepare("SELECT size FROM blob WHERE digest = ?");
    query.bind(digest.text());
    if (!query.step()) return std::nullopt;
    const auto size = static_cast<std::uint64_t>(query.integer(0));
    if (size_on_disk(path_of(digest)) == size) return BlobInfo{digest, size};
    if (!db_->read_only()) drop_row(*db_, digest);
    return std::nullopt;
}

UniqueFd BlobStore::open(const Digest& digest) const {
    if (!find(digest)) throw Error{ErrorKind::NotFound, concat("no blob ", digest.text(), " in the store")};
    return open_at(AT_FDCWD, path_of(digest), O_RDONLY | O_NOFOLLOW);
}

std::string BlobStore::read(const Digest& digest, std::size_t limit_bytes) const {
    const UniqueFd file = open(digest);
    auto content = read_all(file.get(), limit_bytes, digest.text());
    require_digest(digest, Digest::of(content), concat("blob ", digest.text()));
    return content;
}

bool BlobStore::intact(const Digest& digest) const {
    if (!find(digest)) return false;
    FdSource file{open(digest), digest.text()};
    HashingSource hashing{file, digest.algorithm()};
    drain(hashing);
    return hashing.digest() == digest;
}

void BlobStore::remove(const std::vector<Digest>& digests) const {
    if (digests.empty()) return;
    {
        state::Transaction transaction{*db_};
        for (const auto& digest : digests) drop_row(*db_, digest);
        transaction.commit();
    }
    unlink_removed(digests);
}

void BlobStore::unlink_removed(const std::vector<Digest>& digests) const {
    if (digests.empty()) return;
    db_->sync();
    fault_point("blob:rows-removed");
    const auto lock = publishing_lock(root_, /*exclusive=*/true);
    for (const auto& digest : digests) {
        if (!find(digest)) unlink_blob(path_of(digest));  // added again meanwhile: stays
    }
}

int BlobStore::sweep() const {
    const UniqueFd directory = open_at_if_exists(AT_FDCWD, root_ / "blobs" / "sha256", O_RDONLY | O_DIRECTORY);
    if (!directory) return 0;
    const auto lock = publishing_lock(root_, /*exclusive=*/true);
    int removed = 0;
    for (const auto& name : list_directory(directory.get())) {
        const auto digest = Digest::try_parse(concat("sha256:", name));
        if (digest && find(*digest)) continue;
        if (digest) unlink_blob(path_of(*digest));
        else remove_tree_at(directory.get(), name);
        ++removed;
    }
    return removed;
}

}  // namespace skiff::storage
