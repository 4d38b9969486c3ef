#include "image/file_writer.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <vector>

#include "storage/tar_format.h"
#include "util/error.h"
#include "util/files.h"
#include "util/random.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr std::size_t kCopyBytes = 1U << 20;
constexpr std::uint64_t kOctalLimit = 1ULL << 33;  // eleven octal digits
constexpr mode_t kFileMode = 0644;

std::uint64_t copy(storage::Source& from, const std::function<void(std::string_view)>& to) {
    std::vector<char> buffer(kCopyBytes);
    std::uint64_t total = 0;
    while (const auto got = from.read(buffer)) {
        to({buffer.data(), got});
        total += got;
    }
    return total;
}

class DirectoryWriter : public FileWriter {
public:
    explicit DirectoryWriter(fs::path directory) : path_{std::move(directory)}, fd_{make_directory(path_, 0755)} {}

    void put(const std::string& name, std::uint64_t size, storage::Source& content) override {
        const auto written = write(name, content);
        storage::require_size(size, written, name);
        publish(name);
    }
    void put_unsized(const std::string& name, const std::function<std::unique_ptr<storage::Source>()>& open) override {
        write(name, *open());
        publish(name);
    }
    bool has(const std::string& name) const override { return static_cast<bool>(open_at_if_exists(fd_.get(), name, O_RDONLY)); }
    void finish() override {}

private:
    std::string temporary(const std::string& name) const { return concat(name, ".part"); }
    std::uint64_t write(const std::string& name, storage::Source& content) {
        const auto parent = fs::path{name}.parent_path();
        if (!parent.empty()) {
            const UniqueFd made = make_directory(path_ / parent, 0755);
        }
        const auto file = open_at(fd_.get(), temporary(name), O_WRONLY | O_CREAT | O_TRUNC, kFileMode);
        return copy(content, [&](std::string_view bytes) { write_all(file.get(), bytes, name); });
    }
    void publish(const std::string& name) {
        if (::renameat(fd_.get(), temporary(name).c_str(), fd_.get(), name.c_str()) != 0) throw SystemError{errno, concat("renaming to ", quote((path_ / name).native()))};
    }

    fs::path path_;
    UniqueFd fd_;
};

void set_field(std::array<char, storage::tar::kBlockSize>& block, storage::tar::Field field, std::string_view text) {
    std::memcpy(block.data() + field.offset, text.data(), std::min(text.size(), field.length));
}

/// Octal with a NUL at its end; base 256 where that is too short. Source: tar(5), "Numeric Extensions".
std::string number(std::uint64_t value, std::size_t length) {
    std::string text(length, '\0');
    if (length < 12 || value < kOctalLimit) {
        for (std::size_t i = length - 1; i-- > 0; value >>= 3U) text[i] = static_cast<char>('0' + (value & 7U));
        return text;
    }
    for (std::size_t i = length; i-- > 1; value >>= 8U) text[i] = static_cast<char>(value & 0xffU);
    text[0] = '\x80';
    return text;
}

std::array<char, storage::tar::kBlockSize> tar_header(const std::string& name, std::uint64_t size) {
    namespace tar = storage::tar;
    std::array<char, tar::kBlockSize> block{};
    if (name.size() > tar::kName.length) throw Error{ErrorKind::Invalid, concat("name ", quote(name), " is too long for an archive")};
    set_field(block, tar::kName, name);
    set_field(block, tar::kMode, number(kFileMode, tar::kMode.length));
    set_field(block, tar::kUid, number(0, tar::kUid.length));
    set_field(block, tar::kGid, number(0, tar::kGid.length));
    set_field(block, tar::kSize, number(size, tar::kSize.length));
    set_field(block, tar::kMtime, number(0, tar::kMtime.length));
    block[tar::kTypeOffset] = '0';
    set_field(block, tar::kMagic, std::string_view{"ustar\00000", 8});
    set_field(block, tar::kChecksum, "        ");
    unsigned sum = 0;
    for (const char byte : block) sum += static_cast<unsigned char>(byte);
    set_field(block, tar::kChecksum, number(sum, 7));
    return block;
}

class ArchiveWriter : public FileWriter {
public:
    explicit ArchiveWriter(fs::path path) : path_{std::move(path)} {
        if (path_.empty()) {
            fd_ = duplicate(STDOUT_FILENO);
            return;
        }
        struct stat status {};
        if (::stat(path_.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {  // a pipe or device is written to, never replaced
            fd_ = open_at(AT_FDCWD, path_, O_WRONLY | O_NOCTTY);
            return;
        }
        temporary_ = path_.parent_path() / concat(".", path_.filename().native(), ".", random_hex(8));
        fd_ = open_at(AT_FDCWD, temporary_, O_WRONLY | O_CREAT | O_EXCL, kFileMode);
    }
    ArchiveWriter(const ArchiveWriter&) = delete;
    ArchiveWriter& operator=(const ArchiveWriter&) = delete;
    ~ArchiveWriter() override {
        if (!temporary_.empty()) ::unlink(temporary_.c_str());
    }

    void put(const std::string& name, std::uint64_t size, storage::Source& content) override {
        if (!names_.insert(name).second) return;
        append(tar_header(name, size));
        storage::require_size(size, copy(content, [this](std::string_view bytes) { append(bytes); }), name);
        pad(size);
    }
    /// A file's header is written again when the size is known; a pipe's content has to be read twice.
    void put_unsized(const std::string& name, const std::function<std::unique_ptr<storage::Source>()>& open) override {
        if (names_.contains(name)) return;
        if (temporary_.empty()) return put(name, storage::drain(*open()), *open());
        names_.insert(name);
        const auto at = ::lseek(fd_.get(), 0, SEEK_CUR);
        append(tar_header(name, 0));
        const auto size = copy(*open(), [this](std::string_view bytes) { append(bytes); });
        pad(size);
        const auto header = tar_header(name, size);
        if (::pwrite(fd_.get(), header.data(), header.size(), at) != static_cast<ssize_t>(header.size())) throw SystemError{errno, "writing the archive"};
    }
    bool has(const std::string& name) const override { return names_.contains(name); }
    void finish() override {
        append(std::string(2 * storage::tar::kBlockSize, '\0'));
        if (temporary_.empty()) return;
        if (::rename(temporary_.c_str(), path_.c_str()) != 0) throw SystemError{errno, concat("renaming to ", quote(path_.native()))};
        temporary_.clear();
    }

private:
    void append(std::string_view bytes) { write_all(fd_.get(), bytes, path_.empty() ? std::string{"standard output"} : path_.native()); }
    void append(const std::array<char, storage::tar::kBlockSize>& block) { append(std::string_view{block.data(), block.size()}); }
    void pad(std::uint64_t size) {
        const auto over = size % storage::tar::kBlockSize;
        if (over != 0) append(std::string(storage::tar::kBlockSize - over, '\0'));
    }

    fs::path path_;
    fs::path temporary_;
    UniqueFd fd_;
    std::set<std::string> names_;
};

}  // namespace

void FileWriter::put(const std::string& name, std::string_view content) {
    storage::MemorySource source{content};
    put(name, content.size(), source);
}

std::unique_ptr<FileWriter> write_to_directory(const fs::path& directory) { return std::make_unique<DirectoryWriter>(directory); }

std::unique_ptr<FileWriter> write_to_archive(const fs::path& path) {
    return in_context("writing the archive", [&] { return std::make_unique<ArchiveWriter>(path); });
}

}  // namespace skiff::image
