#include "util/poller.h"

#include "util/error.h"

namespace skiff {

Poller::Poller() : fd_{::epoll_create1(EPOLL_CLOEXEC)} {
    if (!fd_) throw SystemError{errno, "epoll_create1"};
}

void Poller::add(int fd, std::uint32_t events, std::uint64_t token) {
    epoll_event event{.events = events, .data = {.u64 = token}};
    if (::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event) != 0) throw SystemError{errno, "epoll_ctl"};
}

void Poller::modify(int fd, std::uint32_t events, std::uint64_t token) {
    epoll_event event{.events = events, .data = {.u64 = token}};
    if (::epoll_ctl(fd_.get(), EPOLL_CTL_MOD, fd, &event) != 0) throw SystemError{errno, "epoll_ctl"};
}

void Poller::remove(int fd) noexcept { ::epoll_ctl(fd_.get(), EPOLL_CTL_DEL, fd, nullptr); }

std::span<const epoll_event> Poller::wait(std::chrono::milliseconds timeout) {
    const int count = ::epoll_wait(fd_.get(), events_.data(), static_cast<int>(events_.size()), static_cast<int>(timeout.count()));
    if (count < 0 && errno != EINTR) throw SystemError{errno, "epoll_wait"};
    return {events_.data(), static_cast<std::size_t>(count < 0 ? 0 : count)};
}

}  // namespace skiff
