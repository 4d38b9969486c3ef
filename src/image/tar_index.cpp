#include "image/tar_index.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "storage/tar_format.h"
#include "util/corrupt.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::image {
namespace {

namespace tar = storage::tar;

constexpr std::size_t kEntryLimit = 500'000;
constexpr std::size_t kExtensionLimit = 1U << 20;
constexpr std::size_t kMemberNameLimit = 4096;
constexpr int kLinkLimit = 16;

std::uint64_t padded(std::uint64_t size) { return (size + tar::kBlockSize - 1) / tar::kBlockSize * tar::kBlockSize; }

/// What extension headers say of the entry that follows them.
struct Extensions {
    std::optional<std::string> name;
    std::optional<std::string> link;
    std::optional<std::uint64_t> size;
};

void take_pax(std::string_view text, Extensions& extensions) {
    tar::for_each_pax_record(text, [&](std::string_view key, std::string_view value) {
        if (key == "path") extensions.name = value;
        if (key == "linkpath") extensions.link = value;
        if (key == "size") extensions.size = tar::pax_number(value, key);
        if (key.starts_with("GNU.sparse.")) throw_corrupt("a sparse file, which images' archives do not have");
    });
}

std::string header_name(const char* block) {
    const auto name = tar::text_field(block, tar::kName);
    const auto prefix = tar::format_of(block) == tar::Format::Ustar ? tar::text_field(block, tar::kPrefix) : std::string_view{};
    return prefix.empty() ? std::string{name} : concat(prefix, "/", name);
}

std::string without_trailing_nul(std::string text) {
    text.resize(text.find('\0') == std::string::npos ? text.size() : text.find('\0'));
    return text;
}

}  // namespace

std::optional<std::string> clean_member_name(std::string_view name) {
    if (name.size() > kMemberNameLimit || name.find('\0') != std::string_view::npos) return std::nullopt;
    std::vector<std::string> kept;
    for (auto& part : split(name, '/')) {
        if (part.empty() || part == ".") continue;
        if (part != "..") {
            kept.push_back(std::move(part));
            continue;
        }
        if (kept.empty()) return std::nullopt;
        kept.pop_back();
    }
    if (kept.empty()) return std::nullopt;
    return join(kept, "/");
}

/// One pass over the headers.
class TarIndex::Scan {
public:
    Scan(TarIndex& index, int fd) : index_{index}, fd_{fd} {
        struct stat status {};
        if (::fstat(fd, &status) != 0) throw SystemError{errno, "reading the archive's size"};
        size_ = static_cast<std::uint64_t>(status.st_size);
    }

    void run() {
        std::array<char, tar::kBlockSize> block{};
        while (at_ + tar::kBlockSize <= size_) {
            read_at(block.data(), block.size(), at_);
            at_ += tar::kBlockSize;
            if (tar::all_zero(block.data())) return;
            if (++entries_ > kEntryLimit) throw_corrupt(concat("more than ", kEntryLimit, " entries"));
            take_entry(block.data());
        }
        if (at_ != size_) throw_corrupt("it ends in the middle of a header");
    }

private:
    void take_entry(const char* block) {
        if (!tar::checksum_right(block)) throw_corrupt(concat("not a tar archive (wrong check sum of the header at ", at_ - tar::kBlockSize, ")"));
        const char type = block[tar::kTypeOffset];
        const auto stated = tar::number_field(block, tar::kSize);
        if (stated < 0) throw_corrupt("a negative size");
        auto size = static_cast<std::uint64_t>(stated);
        if (type == 'x' || type == 'g' || type == 'L' || type == 'K') return take_extension(type, size);
        if (next_.size) size = *next_.size;
        finish_entry(block, type, size);
        next_ = {};
    }

    void take_extension(char type, std::uint64_t size) {
        if (size > kExtensionLimit) throw_corrupt("an extended header of more than 1 MiB");
        auto text = content(size);
        if (type == 'L') next_.name = without_trailing_nul(std::move(text));
        if (type == 'K') next_.link = without_trailing_nul(std::move(text));
        if (type == 'x') take_pax(text, next_);
        // A global header ('g') carries comments in practice; one that renames entries is not obeyed by other readers either.
    }

    void finish_entry(const char* block, char type, std::uint64_t size) {
        const auto name = clean_member_name(next_.name ? *next_.name : header_name(block));
        const auto target = next_.link ? *next_.link : std::string{tar::text_field(block, tar::kLink)};
        if (type == 'S') throw_corrupt("a sparse file, which images' archives do not have");
        if (type == '1' || type == '2') {
            // Relative to the link's own directory, but hard links count from the top.
            const auto slash = name ? name->rfind('/') : std::string::npos;
            const auto base = type == '2' && slash != std::string::npos ? name->substr(0, slash) : std::string{};
            if (name) index_.add_link(*name, concat(base, "/", target));
            return;  // links have no content, whatever their size field says
        }
        const bool regular = type == '0' || type == '\0' || type == '7';
        require_content(size);
        if (regular && name) index_.add_file(*name, {at_, size});
        at_ += std::min(padded(size), size_ - at_);
    }

    void require_content(std::uint64_t size) const {
        if (size > size_ - at_) throw_corrupt(concat("it ends after ", size_ - at_, " bytes of an entry of ", size));
    }

    std::string content(std::uint64_t size) {
        require_content(size);
        std::string text(size, '\0');
        read_at(text.data(), size, at_);
        at_ += std::min(padded(size), size_ - at_);
        return text;
    }

    void read_at(char* to, std::size_t count, std::uint64_t offset) const {
        while (count > 0) {
            const auto got = ::pread(fd_, to, count, static_cast<off_t>(offset));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) throw SystemError{errno, "reading the archive"};
            if (got == 0) throw_corrupt("it became shorter while it was read");
            to += got;
            count -= static_cast<std::size_t>(got);
            offset += static_cast<std::uint64_t>(got);
        }
    }

    TarIndex& index_;
    int fd_;
    std::uint64_t size_ = 0;
    std::uint64_t at_ = 0;
    std::size_t entries_ = 0;
    Extensions next_;
};

TarIndex::TarIndex(int fd, std::string_view name) {
    in_context(name, [&] { Scan{*this, fd}.run(); });
}

void TarIndex::add_file(const std::string& name, File file) {
    const bool added = files_.emplace(name, file).second;
    // Readers differ in which of two they take, so two documents of one name are two images in one archive.
    if (!added && name.ends_with(".json")) throw_corrupt(concat("two files ", quote(name)));
}

void TarIndex::add_link(const std::string& name, std::string target) { links_.emplace(name, std::move(target)); }

std::optional<TarIndex::File> TarIndex::find(std::string_view name) const {
    auto clean = clean_member_name(name);
    for (int hop = 0; clean && hop < kLinkLimit; ++hop) {
        if (const auto file = files_.find(*clean); file != files_.end()) return file->second;
        const auto link = links_.find(*clean);
        if (link == links_.end()) return std::nullopt;
        clean = clean_member_name(link->second);
    }
    return std::nullopt;
}

}  // namespace skiff::image
