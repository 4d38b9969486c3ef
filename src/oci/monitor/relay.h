#pragma once
/// Moves bytes from one descriptor to another as far as that goes without blocking: much at once by splice(2) where a
/// pipe is at one end, little through a small buffer. Owns neither descriptor.
///
/// Little is copied because a pipe counts slots, not bytes, pipe(7): write(2) fills up the last page, splice(2) takes
/// a slot for every piece however small, and sixteen short lines would fill a pipe of 64 KiB.

#include <array>
#include <cstddef>
#include <memory>

namespace skiff::oci::monitor {

enum class RelayStep {
    Moved,       ///< call again
    WaitSource,  ///< nothing to read now
    WaitTarget,  ///< the target takes nothing now
    SourceEnd,   ///< end of file (or EIO of a terminal), everything delivered
    TargetGone,  ///< EPIPE, or another failure to write
};

class Relay {
public:
    Relay(int source, int target);
    RelayStep step();
    /// The errno behind TargetGone.
    int failure() const noexcept { return failure_; }

private:
    static constexpr std::size_t kBufferBytes = 65536;
    struct Buffer {
        std::array<char, kBufferBytes> data;
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    bool has_pending() const noexcept { return buffer_ && buffer_->begin < buffer_->end; }
    bool much_waits() const;
    RelayStep splice_step();
    RelayStep copy_step();
    RelayStep write_pending();
    std::ptrdiff_t write_some(const char* data, std::size_t size);
    RelayStep who_waits() const;
    RelayStep target_gone() noexcept;
    void enlarge_target() noexcept;

    int source_;
    int target_;
    bool can_splice_;
    bool can_write_at_once_;
    bool target_enlarged_ = false;
    std::size_t write_bytes_;
    int failure_ = 0;
    std::unique_ptr<Buffer> buffer_;  ///< made for the first copy
};

/// poll(2) of one descriptor without waiting.
bool is_readable(int fd);
bool is_writable(int fd);

}  // namespace skiff::oci::monitor
