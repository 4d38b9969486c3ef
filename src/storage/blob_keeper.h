#pragma once
/// Keeps the archive that a layer is unpacked from as a blob, while it passes: compressed bytes as they are, an
/// uncompressed archive as zstd.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "storage/blob_store.h"
#include "storage/compress.h"
#include "storage/source.h"

namespace skiff::storage {

/// A source that hands on what another gives. With `threaded` the writing goes on beside the reading, in a thread that lives from
/// follow() as long as this object: for worker processes.
class BlobKeeper : public Source {
public:
    BlobKeeper(const BlobStore& blobs, bool threaded);
    BlobKeeper(const BlobKeeper&) = delete;
    BlobKeeper& operator=(const BlobKeeper&) = delete;
    ~BlobKeeper() override;

    /// What is read and kept; outlives the reading. To be called once, before read().
    void follow(Source& inner);
    std::size_t read(std::span<char> buffer) override;
    /// After the end was read: makes the blob and leases it (see BlobStore::lease); the caller ends the lease.
    BlobWriter::Leased commit();

private:
    void keep(std::string_view bytes);
    void begin(std::string_view head);
    void work();
    void stop() noexcept;

    Source* inner_ = nullptr;
    bool threaded_;
    BlobWriter writer_;
    std::unique_ptr<Compressor> compressor_;
    bool begun_ = false;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> queue_;
    bool ended_ = false;
    std::exception_ptr failure_;
    std::thread thread_;
};

}  // namespace skiff::storage
