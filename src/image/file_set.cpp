#include "image/file_set.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "image/tar_index.h"
#include "storage/staging.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr std::uint64_t kArchiveLimitBytes = 1ULL << 42;
constexpr std::size_t kBufferBytes = 1U << 18;

[[noreturn]] void missing(const FileSet& set, std::string_view name) {
    throw Error{ErrorKind::NotFound, concat(set.shown(), ": no file ", quote(name))};
}

class DirectoryFiles : public FileSet {
public:
    explicit DirectoryFiles(const fs::path& path) : FileSet{path.native()}, dir_{open_directory(path)} {}

    std::optional<std::uint64_t> size(std::string_view name) const override {
        const auto found = open_in_root_if_exists(dir_.get(), name, O_PATH);
        struct stat status {};
        if (!found || ::fstat(found.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
        return static_cast<std::uint64_t>(status.st_size);
    }

    std::unique_ptr<storage::Source> open(std::string_view name) const override {
        if (!size(name)) missing(*this, name);
        // Not blocking, should a FIFO take the file's place meanwhile.
        return std::make_unique<storage::FdSource>(open_in_root(dir_.get(), name, O_RDONLY | O_NONBLOCK | O_NOCTTY), concat(shown(), "/", name));
    }

private:
    UniqueFd dir_;
};

class ArchiveFiles : public FileSet {
public:
    ArchiveFiles(UniqueFd fd, std::optional<storage::StagingEntry> staging, std::string shown)
        : FileSet{std::move(shown)}, staging_{std::move(staging)}, fd_{std::move(fd)}, index_{fd_.get(), this->shown()} {}

    std::optional<std::uint64_t> size(std::string_view name) const override {
        const auto file = index_.find(name);
        return file ? std::optional{file->size} : std::nullopt;
    }

    std::unique_ptr<storage::Source> open(std::string_view name) const override {
        const auto file = index_.find(name);
        if (!file) missing(*this, name);
        return std::make_unique<storage::FileRangeSource>(fd_.get(), file->offset, file->size, concat(shown(), ": ", name));
    }

private:
    std::optional<storage::StagingEntry> staging_;
    UniqueFd fd_;
    TarIndex index_;
};

/// The first bytes of a file that can be read at any place, or nullopt for a pipe.
std::optional<std::string> peek_head(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || ::lseek(fd, 0, SEEK_CUR) != 0) return std::nullopt;
    std::array<char, 8> head{};
    const auto got = ::pread(fd, head.data(), head.size(), 0);
    if (got < 0) throw SystemError{errno, "reading the archive"};
    return std::string{head.data(), static_cast<std::size_t>(got)};
}

UniqueFd inflate_into(int dir, int fd, const std::string& shown, bool may_dlopen) {
    storage::FdSource raw{fd, shown};
    const auto plain = storage::decompress(raw, {.may_dlopen = may_dlopen});
    UniqueFd file = open_at(dir, "archive.tar", O_RDWR | O_CREAT | O_EXCL, 0600);
    std::vector<char> buffer(kBufferBytes);
    std::uint64_t total = 0;
    while (const auto got = plain->read(buffer)) {
        total += got;
        if (total > kArchiveLimitBytes) throw Error{ErrorKind::Corrupt, concat(shown, ": inflates to more than ", human_size_binary(kArchiveLimitBytes))};
        write_all(file.get(), {buffer.data(), got}, concat("a copy of ", shown));
    }
    if (total == 0) throw Error{ErrorKind::Corrupt, concat(shown, ": empty")};
    return file;
}

}  // namespace

std::string FileSet::read(std::string_view name, std::size_t limit_bytes) const {
    const auto source = open(name);
    std::string text;
    std::vector<char> buffer(kBufferBytes);
    while (const auto got = source->read(buffer)) {
        if (text.size() + got > limit_bytes) throw Error{ErrorKind::Corrupt, concat(shown(), ": file ", quote(name), " is larger than ", limit_bytes, " bytes")};
        text.append(buffer.data(), got);
    }
    return text;
}

std::unique_ptr<FileSet> open_directory_files(const fs::path& path) { return std::make_unique<DirectoryFiles>(path); }

std::unique_ptr<FileSet> open_archive_files(int fd, std::string shown, const fs::path& root, bool may_dlopen) {
    const auto head = peek_head(fd);
    if (head && head->empty()) throw Error{ErrorKind::Corrupt, concat(shown, ": empty")};
    if (head && storage::detect_compression(*head) == storage::Compression::None)
        return std::make_unique<ArchiveFiles>(duplicate(fd), std::nullopt, std::move(shown));
    storage::StagingEntry staging{root, "archive"};
    UniqueFd file = inflate_into(staging.fd(), fd, shown, may_dlopen);
    return std::make_unique<ArchiveFiles>(std::move(file), std::move(staging), std::move(shown));
}

}  // namespace skiff::image
