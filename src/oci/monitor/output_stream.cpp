#include "oci/monitor/output_stream.h"
#include "oci/monitor/pipe_size.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace skiff::oci::monitor {
namespace {

constexpr int kRoundsPerPump = 16;
/// A terminal does not tell how much it holds; whoever keeps writing to it cannot keep the monitor.
constexpr std::size_t kMaxTerminalRest = 1U << 20;

}  // namespace

PumpResult OutputStream::pump(Clients& clients) {
    moved_ = 0;
    for (int round = 0; round < kRoundsPerPump; ++round) {
        if (!deliver(clients)) {
            log_all();
            return PumpResult::Blocked;
        }
        Client* only = nullptr;
        std::size_t wanting = 0;
        for (const auto& client : clients) {
            if (!client->wants(kind_)) continue;
            only = client.get();
            ++wanting;
        }
        const PumpResult result = wanting == 1 && !is_terminal_ ? pass(*only) : copy(clients);
        if (result == PumpResult::More) continue;
        log_all();
        return result;
    }
    return PumpResult::More;
}

bool OutputStream::deliver(Clients& clients) {
    bool all = true;
    for (const auto& client : clients) {
        if (client->wants(kind_)) all = client->output(kind_).deliver(chunk()) && all;
    }
    if (all) forget_chunk(clients);
    return all;
}

void OutputStream::forget_chunk(Clients& clients) noexcept {
    for (const auto& client : clients) client->output(kind_).sent = 0;
    chunk_begin_ = text_end_;
}

/// The pipe's pages go to the client by reference; the log reads its own copy of exactly those bytes.
PumpResult OutputStream::pass(Client& client) {
    ClientOutput& out = client.output(kind_);
    const ssize_t passed = log_ != nullptr
        ? ::tee(source_.get(), out.pipe.get(), room(), SPLICE_F_NONBLOCK)
        : ::splice(source_.get(), nullptr, out.pipe.get(), nullptr, kPipeBytes, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (passed > 0) {
        moved_ += static_cast<std::size_t>(passed);
        if (log_ != nullptr && fill(static_cast<std::size_t>(passed)) < 0) return PumpResult::More;
        chunk_begin_ = text_end_;
        return PumpResult::More;
    }
    if (passed == 0) return PumpResult::Ended;
    if (errno == EPIPE) out.pipe.reset();
    if (errno != EAGAIN) return PumpResult::More;
    out.blocked = is_readable(source_.get()) && !is_writable(out.pipe.get());
    return out.blocked ? PumpResult::Blocked : PumpResult::Idle;
}

PumpResult OutputStream::copy(Clients& clients) {
    const ssize_t got = fill(room());
    if (got <= 0) return read_failed(got);
    moved_ += static_cast<std::size_t>(got);
    return deliver(clients) ? PumpResult::More : PumpResult::Blocked;
}

PumpResult OutputStream::read_failed(ssize_t got) {
    if (got < 0 && errno == EAGAIN) return PumpResult::Idle;
    if (got < 0 && errno == EINTR) return PumpResult::More;
    return is_terminal_ ? PumpResult::HungUp : PumpResult::Ended;
}

ssize_t OutputStream::fill(std::size_t limit) {
    compact();
    const ssize_t got = ::read(source_.get(), buffer_.data() + text_end_, std::min(limit, room()));
    if (got <= 0) return got;
    chunk_begin_ = text_end_;
    text_end_ += static_cast<std::size_t>(got);
    log_lines();
    return got;
}

void OutputStream::compact() noexcept {
    if (logged_ == 0) return;
    std::memmove(buffer_.data(), buffer_.data() + logged_, text_end_ - logged_);
    text_end_ -= logged_;
    chunk_begin_ = text_end_;
    logged_ = 0;
}

/// A line that goes on is held back while more comes at once, so that a burst is not cut where a read happened to end.
void OutputStream::log_lines() {
    if (log_ == nullptr) {
        logged_ = text_end_;
        return;
    }
    const void* newline = ::memrchr(buffer_.data() + logged_, '\n', text_end_ - logged_);
    const std::size_t lines_end = newline != nullptr ? static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data()) + 1 : logged_;
    const bool too_long = text_end_ - lines_end > buffer_.size() / 2;
    const std::size_t end = too_long ? text_end_ : lines_end;
    if (end > logged_) log_->write(kind_, {buffer_.data() + logged_, end - logged_}, now_nanos());
    logged_ = end;
}

void OutputStream::log_all() {
    if (log_ != nullptr && text_end_ > logged_) log_->write(kind_, {buffer_.data() + logged_, text_end_ - logged_}, now_nanos());
    logged_ = text_end_;
}

std::size_t OutputStream::left_by_process() const {
    int bytes = 0;
    if (is_terminal_ || ::ioctl(source_.get(), FIONREAD, &bytes) != 0 || bytes < 0) return kMaxTerminalRest;
    return static_cast<std::size_t>(bytes);
}

void OutputStream::drain(Clients& clients) {
    if (!source_) return;
    deliver_finally(clients);
    for (std::size_t left = left_by_process(); left > 0;) {
        const ssize_t got = fill(left);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        deliver_finally(clients);
        left -= static_cast<std::size_t>(got);
    }
    log_all();
    if (log_ != nullptr) log_->finish(kind_, now_nanos());
    source_.reset();
}

void OutputStream::deliver_finally(Clients& clients) {
    for (const auto& client : clients) {
        if (client->wants(kind_)) client->output(kind_).deliver_finally(chunk());
    }
    forget_chunk(clients);
}

void OutputStream::trim() noexcept {
    if (text_end_ == logged_ && chunk_begin_ == text_end_) ::madvise(buffer_.data() + kPage, buffer_.size() - kPage, MADV_DONTNEED);
}

}  // namespace skiff::oci::monitor
