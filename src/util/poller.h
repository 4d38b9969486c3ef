#pragma once
/// epoll(7), level-triggered, with a 64-bit token for each descriptor.

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <span>

#include "util/fd.h"

namespace skiff {

class Poller {
public:
    Poller();
    void add(int fd, std::uint32_t events, std::uint64_t token);
    void modify(int fd, std::uint32_t events, std::uint64_t token);
    void remove(int fd) noexcept;
    /// Ready to read when an event waits: a poller can be watched by another one.
    int fd() const noexcept { return fd_.get(); }
    /// An empty span after the time-out (-1 ms: none) or a signal.
    std::span<const epoll_event> wait(std::chrono::milliseconds timeout);

private:
    UniqueFd fd_;
    std::array<epoll_event, 32> events_{};
};

}  // namespace skiff
