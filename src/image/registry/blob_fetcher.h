#pragma once
/// Downloads blobs side by side, ahead of the one who unpacks them, through files: what arrives is written to
/// ROOT/partial, hashed on the way, read from there while it grows, and becomes a blob of the store when it is whole and its digest
/// right. An interrupted download stays and is continued by a range request; a blob that another process fetches is waited for.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "image/manifest.h"
#include "image/registry/session.h"
#include "state/database.h"
#include "storage/blob_store.h"
#include "storage/source.h"

namespace skiff::image::registry {

namespace fs = std::filesystem;

/// How much of a blob is there, for progress. Called from the threads that fetch, one call at a time.
using FetchReport = std::function<void(const Descriptor& blob, std::uint64_t have_bytes)>;

class BlobFetcher {
public:
    /// The threads open the database once more, since connections are not shared. All arguments outlive the fetcher.
    BlobFetcher(Session& session, const fs::path& root, const fs::path& database, FetchReport report);
    BlobFetcher(const BlobFetcher&) = delete;
    BlobFetcher& operator=(const BlobFetcher&) = delete;
    /// Ends unfinished downloads; what they have stays for the next process.
    ~BlobFetcher();

    /// Starts fetching, `kParallel` at a time, the first ones first. To be called once.
    void begin(const std::vector<Descriptor>& blobs);
    /// The bytes of a blob that was begun, from the first on, as they arrive. Its end comes only when size and digest are right;
    /// until then what went wrong is thrown. The fetcher outlives the source.
    std::unique_ptr<storage::Source> open(const Descriptor& blob);

    /// The image is not what it was said to be: ends all downloads, and nothing of theirs stays for a next try.
    void refuse() noexcept;
    /// Ends all downloads, and what waits for them; what they have stays for a next try.
    void cancel() noexcept;

    static constexpr unsigned kParallel = 4;

private:
    struct Download;
    class Follower;
    void work();
    Download* next();
    void fetch(Connection& connection, Download& download);
    bool use_stored(Download& download);
    void receive(Connection& connection, Download& download);
    void transfer(Connection& connection, Download& download, int fd, std::uint64_t already);
    void store(Download& download, const fs::path& file);
    void check_cancelled() const;
    void told(Download& download, std::uint64_t have);

    Session& session_;
    fs::path root_;
    state::Database db_;             ///< under db_mutex_
    storage::BlobStore blobs_;
    std::mutex db_mutex_;
    FetchReport report_;
    std::mutex report_mutex_;
    std::atomic<bool> cancelled_{false};
    std::atomic<bool> refused_{false};
    std::mutex queue_mutex_;
    std::size_t next_ = 0;
    std::vector<std::unique_ptr<Download>> downloads_;
    std::vector<std::int64_t> leases_;
    std::vector<std::thread> threads_;
};

}  // namespace skiff::image::registry
