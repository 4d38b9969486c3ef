#include "storage/push_source.h"

#include <algorithm>

namespace skiff::storage {
namespace {

constexpr std::size_t kLongestQueue = 8;

/// Ends the function when nobody reads any more; never leaves the thread.
struct Unwanted {};

}  // namespace

PushSource::PushSource(std::function<void(const Sink&)> push) : thread_{[this, push = std::move(push)] { run(push); }} {}

PushSource::~PushSource() {
    {
        const std::lock_guard guard{mutex_};
        unwanted_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void PushSource::run(const std::function<void(const Sink&)>& push) {
    std::exception_ptr failure;
    try {
        push([this](std::string_view bytes) { enqueue(bytes); });
    } catch (const Unwanted&) {
        // the reader went first
    } catch (...) {
        failure = std::current_exception();
    }
    const std::lock_guard guard{mutex_};
    failure_ = failure;
    ended_ = true;
    changed_.notify_all();
}

void PushSource::enqueue(std::string_view bytes) {
    if (bytes.empty()) return;
    std::string block{bytes};
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return unwanted_ || queue_.size() < kLongestQueue; });
    if (unwanted_) throw Unwanted{};
    queue_.push_back(std::move(block));
    changed_.notify_all();
}

std::size_t PushSource::read(std::span<char> buffer) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return ended_ || !queue_.empty(); });
    if (queue_.empty()) {
        if (failure_) std::rethrow_exception(failure_);
        return 0;
    }
    const std::string& front = queue_.front();  // a deque: pushing at its end does not move it
    lock.unlock();
    const auto part = std::min(buffer.size(), front.size() - taken_);
    std::copy_n(front.data() + taken_, part, buffer.data());
    taken_ += part;
    if (taken_ < front.size()) return part;
    lock.lock();
    queue_.pop_front();
    taken_ = 0;
    changed_.notify_all();
    return part;
}

}  // namespace skiff::storage
