#include "image/registry/blob_fetcher.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "image/registry/api.h"
#include "image/registry/status.h"
#include "state/intent.h"
#include "storage/partial_blob.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/log.h"
#include "util/sha256.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

constexpr std::chrono::milliseconds kLockPoll{50};
constexpr std::size_t kRereadBytes = 256U << 10;

void write_at(int fd, std::string_view bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const ssize_t put = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) throw SystemError{errno, "writing a download"};
        bytes.remove_prefix(static_cast<std::size_t>(put));
        offset += static_cast<std::uint64_t>(put);
    }
}

/// Hashes what an earlier process left.
void hash_beginning(int fd, std::uint64_t size, Hasher& hasher) {
    storage::FileRangeSource source{fd, 0, size, "download"};
    std::vector<char> buffer(kRereadBytes);
    while (const auto got = source.read(buffer)) hasher.update({buffer.data(), got});
}

}  // namespace

/// Shared by the thread that writes it and the one that reads it.
struct BlobFetcher::Download {
    explicit Download(Descriptor what) : blob{std::move(what)} {}

    const Descriptor blob;
    std::mutex mutex;
    std::condition_variable changed;
    UniqueFd file;               ///< for reading; set once, before `have` grows
    std::uint64_t have = 0;      ///< bytes that may be read
    bool done = false;           ///< whole and verified
    std::exception_ptr failure;

    void grow_to(std::uint64_t bytes) {
        const std::scoped_lock lock{mutex};
        have = bytes;
        changed.notify_all();
    }
};

/// Reads a download while it grows.
class BlobFetcher::Follower : public storage::Source {
public:
    Follower(Download& download, const std::atomic<bool>& cancelled) : download_{download}, cancelled_{cancelled} {}

    std::size_t read(std::span<char> buffer) override {
        const auto available = wait();
        if (available == 0) return 0;
        storage::FileRangeSource range{download_.file.get(), position_, std::min<std::uint64_t>(available, buffer.size()), "download"};
        const auto got = range.read(buffer);
        if (got == 0) throw Error{ErrorKind::System, concat("blob ", download_.blob.digest.text(), ": its file has become shorter")};
        position_ += got;
        return got;
    }

private:
    std::uint64_t wait() {
        std::unique_lock lock{download_.mutex};
        download_.changed.wait(lock, [&] { return download_.failure || download_.done || download_.have > position_ || cancelled_; });
        if (download_.failure) std::rethrow_exception(download_.failure);
        if (cancelled_) throw HttpError{Failure::Cancelled, "cancelled"};
        return download_.have - position_;
    }

    Download& download_;
    const std::atomic<bool>& cancelled_;
    std::uint64_t position_ = 0;
};

BlobFetcher::BlobFetcher(Session& session, const fs::path& root, const fs::path& database, FetchReport report)
    : session_{session}, root_{root}, db_{database, state::Database::Access::ReadWrite}, blobs_{root, db_}, report_{std::move(report)} {}

BlobFetcher::~BlobFetcher() {
    cancelled_ = true;
    for (auto& thread : threads_) thread.join();
    try {
        for (const auto lease : leases_) state::finish_intent(db_, lease);
    } catch (const std::exception&) {
        // The end of this process lets them go as well.
    }
}

void BlobFetcher::begin(const std::vector<Descriptor>& blobs) {
    for (const auto& blob : blobs) {
        const auto same = [&](const auto& other) { return other->blob.digest == blob.digest; };
        if (std::any_of(downloads_.begin(), downloads_.end(), same)) continue;
        downloads_.push_back(std::make_unique<Download>(blob));
    }
    const auto count = std::min<std::size_t>(downloads_.size(), kParallel);
    try {
        for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
    } catch (const std::system_error& error) {
        if (threads_.empty()) throw;
        log::debug(concat("fetching with ", threads_.size(), " threads: ", error.what()));
    }
}

std::unique_ptr<storage::Source> BlobFetcher::open(const Descriptor& blob) {
    for (const auto& download : downloads_)
        if (download->blob.digest == blob.digest) return std::make_unique<Follower>(*download, cancelled_);
    throw Error{ErrorKind::NotFound, concat("blob ", blob.digest.text(), " was not asked for")};
}

void BlobFetcher::refuse() noexcept {
    refused_ = true;
    cancel();
}

void BlobFetcher::cancel() noexcept {
    cancelled_ = true;
    for (const auto& download : downloads_) {
        const std::scoped_lock lock{download->mutex};  // whoever has just looked is asleep by now
        download->changed.notify_all();
    }
}

BlobFetcher::Download* BlobFetcher::next() {
    const std::scoped_lock lock{queue_mutex_};
    return next_ < downloads_.size() && !cancelled_ ? downloads_[next_++].get() : nullptr;
}

void BlobFetcher::work() {
    std::unique_ptr<Connection> connection;
    while (auto* download = next()) {
        try {
            if (!connection) connection = std::make_unique<Connection>(session_);
            fetch(*connection, *download);
            const std::scoped_lock lock{download->mutex};
            download->done = true;
        } catch (...) {
            const std::scoped_lock lock{download->mutex};
            download->failure = std::current_exception();
        }
        download->changed.notify_all();
    }
}

void BlobFetcher::check_cancelled() const {
    if (cancelled_) throw HttpError{Failure::Cancelled, "cancelled"};
}

void BlobFetcher::told(Download& download, std::uint64_t have) {
    download.grow_to(have);
    if (!report_) return;
    const std::scoped_lock lock{report_mutex_};
    report_(download.blob, have);
}

void BlobFetcher::fetch(Connection& connection, Download& download) {
    {
        const std::scoped_lock lock{db_mutex_};
        leases_.push_back(blobs_.lease(download.blob.digest));  // before looking: what is found now stays
    }
    if (!use_stored(download)) receive(connection, download);
}

/// A blob that is here already is read again, not trusted: its layer is missing for some reason.
bool BlobFetcher::use_stored(Download& download) {
    const std::scoped_lock lock{db_mutex_};
    if (!blobs_.find(download.blob.digest)) return false;
    auto file = blobs_.open(download.blob.digest);
    Hasher hasher{download.blob.digest.algorithm()};
    hash_beginning(file.get(), download.blob.size, hasher);
    if (hasher.finish_hex() != download.blob.digest.hex()) {
        blobs_.remove({download.blob.digest});
        return false;
    }
    download.file = std::move(file);
    told(download, download.blob.size);
    return true;
}

void BlobFetcher::receive(Connection& connection, Download& download) {
    const auto& blob = download.blob;
    auto partial = storage::PartialBlob::try_open(root_, blob.digest);
    while (!partial) {
        check_cancelled();
        std::this_thread::sleep_for(kLockPoll);
        partial = storage::PartialBlob::try_open(root_, blob.digest);
    }
    if (use_stored(download)) {  // whoever held the lock has fetched it
        partial->discard();
        return;
    }
    const auto left = partial->size();
    const auto already = left <= blob.size ? left : 0;
    download.file = open_at(AT_FDCWD, partial->path(), O_RDONLY);
    fault_point("registry:partial");
    try {
        transfer(connection, download, partial->fd(), already);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::Corrupt || refused_) partial->discard();
        throw;
    }
    store(download, partial->path());
}

void BlobFetcher::transfer(Connection& connection, Download& download, int fd, std::uint64_t already) {
    const auto& blob = download.blob;
    std::optional<Hasher> hasher{std::in_place, blob.digest.algorithm()};
    std::uint64_t have = already;
    hash_beginning(fd, have, *hasher);
    told(download, have);
    const auto restart = [&] {
        have = 0;
        hasher.emplace(blob.digest.algorithm());
    };
    const auto take = [&](std::string_view bytes) {
        check_cancelled();
        write_at(fd, bytes, have);
        hasher->update(bytes);
        have += bytes.size();
        told(download, have);
    };
    with_retries(session_.options(), {}, [&] {
        check_cancelled();
        if (have < blob.size || blob.size == 0) stream_blob(connection, blob, have, restart, take);
        if (have < blob.size) throw HttpError{Failure::Broken, concat("blob ", blob.digest.text(), ": ended after ", have, " of ", blob.size, " bytes")};
    });
    if (::ftruncate(fd, static_cast<off_t>(blob.size)) != 0) throw SystemError{errno, "shortening a download"};
    storage::require_digest(blob.digest, Digest::parse(concat(blob.digest.algorithm(), ":", hasher->finish_hex())), concat("blob ", blob.digest.text()));
}

void BlobFetcher::store(Download& download, const fs::path& file) {
    fault_point("registry:fetched");
    const std::scoped_lock lock{db_mutex_};
    if (download.blob.digest.is_sha256()) blobs_.adopt(file, download.blob.digest, download.blob.size);
    else ::unlink(file.c_str());  // read from its open file; not kept, as the store knows sha256 only
}

}  // namespace skiff::image::registry
