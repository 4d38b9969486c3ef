#include "storage/source.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "util/error.h"
#include "util/text.h"

namespace skiff::storage {

std::size_t FdSource::read(std::span<char> buffer) {
    for (;;) {
        const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) throw SystemError{errno, concat("reading ", quote(name_))};
    }
}

std::size_t FileRangeSource::read(std::span<char> buffer) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left_));
    if (want == 0) return 0;
    for (;;) {
        const ssize_t got = ::pread(fd_, buffer.data(), want, static_cast<off_t>(offset_));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw SystemError{errno, concat("reading ", quote(name_))};
        if (got == 0) throw Error{ErrorKind::Corrupt, concat(quote(name_), " ends ", left_, " bytes too early")};
        offset_ += static_cast<std::uint64_t>(got);
        left_ -= static_cast<std::uint64_t>(got);
        return static_cast<std::size_t>(got);
    }
}

std::size_t MemorySource::read(std::span<char> buffer) {
    const auto got = std::min(buffer.size(), rest_.size());
    if (got > 0) std::memcpy(buffer.data(), rest_.data(), got);
    rest_.remove_prefix(got);
    return got;
}

HashingSource::HashingSource(Source& inner, std::string_view algorithm, std::optional<std::uint64_t> limit_bytes,
                             std::string name)
    : inner_{inner}, algorithm_{algorithm}, hasher_{algorithm}, limit_bytes_{limit_bytes}, name_{std::move(name)} {}

std::size_t HashingSource::read(std::span<char> buffer) {
    const auto got = inner_.read(buffer);
    bytes_ += got;
    if (limit_bytes_ && bytes_ > *limit_bytes_) {
        throw Error{ErrorKind::Corrupt, concat(name_, " is larger than the ", *limit_bytes_, " bytes allowed")};
    }
    hasher_.update({buffer.data(), got});
    return got;
}

Digest HashingSource::digest() { return Digest::parse(concat(algorithm_, ":", hasher_.finish_hex())); }

std::uint64_t drain(Source& source) {
    std::vector<char> buffer(128U << 10);
    std::uint64_t total = 0;
    while (const auto got = source.read(buffer)) total += got;
    return total;
}

void require_digest(const Digest& expected, const Digest& actual, std::string_view name) {
    if (expected == actual) return;
    throw Error{ErrorKind::Corrupt,
                concat(name, ": digest mismatch: expected ", expected.text(), ", the content has ", actual.text())};
}

void require_size(std::uint64_t expected, std::uint64_t actual, std::string_view name) {
    if (expected == actual) return;
    throw Error{ErrorKind::Corrupt, concat(name, ": size mismatch: expected ", expected, " bytes, the content has ", actual)};
}

}  // namespace skiff::storage
