#pragma once
/// Byte streams that are pulled: descriptor → hash of the compressed bytes → inflate → hash (diff ID) → tar.
/// Each link of the chain owns or borrows the one before it; memory is bounded whatever the input.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "util/digest.h"
#include "util/fd.h"
#include "util/sha256.h"

namespace skiff::storage {

class Source {
public:
    virtual ~Source() = default;
    /// Puts at least one byte into `buffer` (not empty) and returns how many; 0 at the end, and again after it.
    /// Throws SystemError, or Error{Corrupt} for a stream that breaks its own format.
    virtual std::size_t read(std::span<char> buffer) = 0;
};

/// Reads a descriptor from its current position. `name` is for errors.
class FdSource : public Source {
public:
    FdSource(UniqueFd fd, std::string name) : owned_{std::move(fd)}, fd_{owned_.get()}, name_{std::move(name)} {}
    FdSource(int borrowed, std::string name) : fd_{borrowed}, name_{std::move(name)} {}
    std::size_t read(std::span<char> buffer) override;

private:
    UniqueFd owned_;
    int fd_;
    std::string name_;
};

/// Reads `size` bytes of a file from `offset`, whatever the file position (pread(2)): several may share one descriptor.
class FileRangeSource : public Source {
public:
    FileRangeSource(int borrowed, std::uint64_t offset, std::uint64_t size, std::string name)
        : fd_{borrowed}, offset_{offset}, left_{size}, name_{std::move(name)} {}
    std::size_t read(std::span<char> buffer) override;

private:
    int fd_;
    std::uint64_t offset_;
    std::uint64_t left_;
    std::string name_;
};

/// Reads from memory that outlives it.
class MemorySource : public Source {
public:
    explicit MemorySource(std::string_view content) noexcept : rest_{content} {}
    std::size_t read(std::span<char> buffer) override;

private:
    std::string_view rest_;
};

/// Reads from a function with Source::read's contract.
class CallbackSource : public Source {
public:
    explicit CallbackSource(std::function<std::size_t(std::span<char>)> callback) : callback_{std::move(callback)} {}
    std::size_t read(std::span<char> buffer) override { return callback_(buffer); }

private:
    std::function<std::size_t(std::span<char>)> callback_;
};

/// Hashes and counts what passes. Borrows `inner`.
class HashingSource : public Source {
public:
    /// Reading more than `limit_bytes` throws Error{Corrupt} naming `name` and the limit.
    explicit HashingSource(Source& inner, std::string_view algorithm = "sha256",
                           std::optional<std::uint64_t> limit_bytes = std::nullopt, std::string name = "stream");
    std::size_t read(std::span<char> buffer) override;

    std::uint64_t bytes() const noexcept { return bytes_; }
    /// The digest of all that was read; call once, after the end (see drain).
    Digest digest();

private:
    Source& inner_;
    std::string algorithm_;
    Hasher hasher_;
    std::uint64_t bytes_ = 0;
    std::optional<std::uint64_t> limit_bytes_;
    std::string name_;
};

/// Reads to the end and forgets. Returns how many bytes were left.
std::uint64_t drain(Source& source);
/// Throws Error{Corrupt} naming both digests (and what `name` is) unless they are equal.
void require_digest(const Digest& expected, const Digest& actual, std::string_view name);
/// The same for sizes in bytes.
void require_size(std::uint64_t expected, std::uint64_t actual, std::string_view name);

enum class Compression { None, Gzip, Zstd, Xz, Bzip2 };
std::string_view compression_name(Compression compression);
/// By the first bytes (6 are enough); None for anything unknown.
Compression detect_compression(std::string_view head);

/// An inflating stream over `inner` (borrowed), chosen by its first bytes; uncompressed input passes through.
/// Several members or frames in a row are one stream; zero bytes after them are padding; anything else, a
/// truncated stream or a wrong check sum is Error{Corrupt}. All of `inner` has been read when it ends.
/// gzip goes through libisal (dlopen, so only in a worker process) and through zlib where that is missing or
/// `SourceOptions::may_dlopen` is false.
struct SourceOptions {
    bool may_dlopen = false;
};
std::unique_ptr<Source> decompress(Source& inner, const SourceOptions& options = {}, Compression* found = nullptr);

}  // namespace skiff::storage
