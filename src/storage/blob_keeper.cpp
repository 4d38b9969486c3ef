#include "storage/blob_keeper.h"

#include "util/error.h"

namespace skiff::storage {
namespace {

constexpr std::size_t kQueuedPieces = 32;
constexpr int kKeepingLevel = 1;  // kept for the rare push or save: quick counts for more than small

}  // namespace

BlobKeeper::BlobKeeper(const BlobStore& blobs, bool threaded) : threaded_{threaded}, writer_{blobs.writer()} {}

void BlobKeeper::follow(Source& inner) {
    inner_ = &inner;
    if (threaded_) thread_ = std::thread{[this] { work(); }};
}

BlobKeeper::~BlobKeeper() { stop(); }

void BlobKeeper::stop() noexcept {
    if (!thread_.joinable()) return;
    {
        const std::scoped_lock lock{mutex_};
        ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void BlobKeeper::begin(std::string_view head) {
    begun_ = true;
    if (detect_compression(head) != Compression::None) return;
    compressor_ = make_compressor(Compression::Zstd, kKeepingLevel, [this](std::string_view bytes) { writer_.write(bytes); });
}

void BlobKeeper::keep(std::string_view bytes) {
    if (!begun_) begin(bytes);
    if (compressor_) compressor_->write(bytes);
    else writer_.write(bytes);
}

void BlobKeeper::work() {
    try {
        for (;;) {
            std::unique_lock lock{mutex_};
            changed_.wait(lock, [this] { return ended_ || !queue_.empty(); });
            if (queue_.empty()) return;
            const auto piece = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            changed_.notify_all();
            keep(piece);
        }
    } catch (...) {
        const std::scoped_lock lock{mutex_};
        failure_ = std::current_exception();
        changed_.notify_all();
    }
}

std::size_t BlobKeeper::read(std::span<char> buffer) {
    const auto got = inner_->read(buffer);
    if (got == 0) return 0;
    if (!thread_.joinable()) {
        keep({buffer.data(), got});
        return got;
    }
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return failure_ || queue_.size() < kQueuedPieces; });
    if (failure_) std::rethrow_exception(failure_);
    queue_.emplace_back(buffer.data(), got);
    lock.unlock();
    changed_.notify_all();
    return got;
}

BlobWriter::Leased BlobKeeper::commit() {
    stop();
    if (failure_) std::rethrow_exception(failure_);
    if (compressor_) compressor_->finish();
    return writer_.commit_leased();
}

}  // namespace skiff::storage
