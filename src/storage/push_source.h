#pragma once
/// Joins what writes a stream to what reads one.

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "storage/source.h"

namespace skiff::storage {

/// A Source of what a function pushes into its sink, in a thread of its own and a bounded queue ahead of the reader. For
/// worker processes (util/worker.h): others start no threads. What the function throws, read() throws after the
/// bytes that came before it. Destroyed early, it stops the function at its next push.
class PushSource : public Source {
public:
    using Sink = std::function<void(std::string_view)>;

    explicit PushSource(std::function<void(const Sink&)> push);
    PushSource(const PushSource&) = delete;
    PushSource& operator=(const PushSource&) = delete;
    ~PushSource() override;

    std::size_t read(std::span<char> buffer) override;

private:
    void run(const std::function<void(const Sink&)>& push);
    void enqueue(std::string_view bytes);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> queue_;
    std::size_t taken_ = 0;  ///< of the front
    bool ended_ = false;     ///< nothing more will come
    bool unwanted_ = false;  ///< nobody will read any more
    std::exception_ptr failure_;
    std::thread thread_;  // last: it uses all the others
};

}  // namespace skiff::storage
