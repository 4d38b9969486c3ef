#include "storage/tar_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "storage/tar_format.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

using namespace tar;

constexpr std::size_t kReadBufferSize = 256U << 10;
constexpr std::uint64_t kLargestExtension = 1U << 20;
constexpr std::size_t kMostPieces = 1U << 18;
constexpr int kMostExtensions = 32;  ///< extended headers before one entry

std::uint64_t padding_of(std::uint64_t size) { return (kBlockSize - size % kBlockSize) % kBlockSize; }

std::uint64_t checked_size(std::int64_t size) {
    if (size < 0) corrupt("a negative size");
    return static_cast<std::uint64_t>(size);
}

/// -1 means "leave as it is" to chown(2), so it is no owner.
std::uint32_t checked_id(std::int64_t id) {
    if (id < 0 || id >= std::numeric_limits<std::uint32_t>::max()) corrupt("an owner is out of range");
    return static_cast<std::uint32_t>(id);
}

unsigned checked_device(std::int64_t number) {
    if (number < 0 || number > std::numeric_limits<std::int32_t>::max()) corrupt("a device number is out of range");
    return static_cast<unsigned>(number);
}

bool type_has_content(TarType type) { return type == TarType::Regular; }

TarType entry_type(char type, std::string_view name) {
    switch (type) {
        case '\0':
        case '0':  // v7 writers mark a directory by the slash only
            return name.ends_with('/') ? TarType::Directory : TarType::Regular;
        case '7':
        case 'S': return TarType::Regular;
        case '1': return TarType::HardLink;
        case '2': return TarType::Symlink;
        case '3': return TarType::CharDevice;
        case '4': return TarType::BlockDevice;
        case '5': return TarType::Directory;
        case '6': return TarType::Fifo;
        case 'V': return TarType::VolumeLabel;
        default: corrupt(concat("entry ", quote(name), " has unknown type ", quote({&type, 1})));
    }
}

std::string header_name(const char* block) {
    const auto name = text_field(block, kName);
    std::string_view prefix;
    switch (format_of(block)) {
        case Format::Ustar: prefix = text_field(block, kPrefix); break;
        case Format::Star: prefix = text_field(block, kStarPrefix); break;
        case Format::V7:
        case Format::Gnu: break;
    }
    return prefix.empty() ? std::string{name} : concat(prefix, "/", name);
}

/// Ascending, without overlap, inside the file, and as much as the archive holds.
void check_pieces(const std::vector<TarPiece>& pieces, std::uint64_t size, std::uint64_t stored) {
    std::uint64_t end = 0;
    std::uint64_t sum = 0;
    for (const auto& piece : pieces) {
        if (piece.offset < end || piece.offset > size || piece.length > size - piece.offset) corrupt("a sparse map is inconsistent");
        end = piece.offset + piece.length;
        sum += piece.length;
    }
    if (sum != stored) corrupt("a sparse map does not match the content");
}

void add_piece(std::vector<TarPiece>& pieces, std::uint64_t offset, std::uint64_t length) {
    if (pieces.size() >= kMostPieces) corrupt("a sparse map has too many pieces");
    pieces.push_back({offset, length});
}

}  // namespace

/// What extended headers say about the entry that follows.
struct TarReader::Extensions {
    PaxRecords pax;
    std::vector<TarPiece> pieces_00;        ///< GNU.sparse.offset and .numbytes in turn (format 0.0)
    std::optional<std::uint64_t> offset_00;
    std::optional<std::string> long_name;
    std::optional<std::string> long_link;
    int count = 0;

    /// An empty value stands for "not given".
    const std::string* find(std::string_view key) const {
        const auto found = pax.find(key);
        return found == pax.end() || found->second.empty() ? nullptr : &found->second;
    }
    void add(std::string_view key, std::string_view value);
};

void TarReader::Extensions::add(std::string_view key, std::string_view value) {
    if (key == "GNU.sparse.offset") {
        offset_00 = pax_number(value, key);
    } else if (key == "GNU.sparse.numbytes") {
        if (!offset_00) corrupt("a sparse map is inconsistent");
        add_piece(pieces_00, *offset_00, pax_number(value, key));
        offset_00.reset();
    } else {
        const bool is_name = key == "path" || key == "linkpath" || key == "GNU.sparse.name";
        if (is_name && value.find('\0') != std::string_view::npos) corrupt("a name holds a NUL byte");
        pax.insert_or_assign(std::string{key}, std::string{value});
    }
}

TarReader::TarReader(Source& source) : source_{source}, buffer_(kReadBufferSize) {}

std::string_view TarReader::take(std::size_t at_most) {
    if (begin_ == end_) {
        begin_ = 0;
        end_ = source_.read(buffer_);
    }
    const auto got = std::min(at_most, end_ - begin_);
    const std::string_view bytes{buffer_.data() + begin_, got};
    begin_ += got;
    position_ += got;
    return bytes;
}

bool TarReader::take_block(char* block) {
    std::size_t have = 0;
    while (have < kBlockSize) {
        const auto bytes = take(kBlockSize - have);
        if (bytes.empty() && have == 0) return false;
        if (bytes.empty()) corrupt("it ends in the middle of a block");
        std::memcpy(block + have, bytes.data(), bytes.size());
        have += bytes.size();
    }
    return true;
}

void TarReader::skip(std::uint64_t bytes) {
    while (bytes > 0) {
        const auto got = take(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, kReadBufferSize)));
        if (got.empty()) corrupt("it ends in the middle of an entry");
        bytes -= got.size();
    }
}

std::string TarReader::take_text(std::uint64_t size, std::string_view what) {
    if (size > kLargestExtension) corrupt(concat(what, " of ", size, " bytes is too large"));
    std::string text;
    while (text.size() < size) {
        const auto bytes = take(static_cast<std::size_t>(size) - text.size());
        if (bytes.empty()) corrupt("it ends in the middle of an entry");
        text.append(bytes);
    }
    skip(padding_of(size));
    return text;
}

bool TarReader::at_archive_end(const char* block) {
    if (!all_zero(block)) return false;
    std::array<char, kBlockSize> second;
    if (take_block(second.data()) && !all_zero(second.data())) corrupt("data follows a block of zeros");
    return true;
}

std::optional<TarEntry> TarReader::next() {
    skip(content_left_ + padding_left_);
    content_left_ = padding_left_ = 0;
    Extensions extensions;
    std::array<char, kBlockSize> block;
    while (!ended_) {
        if (!take_block(block.data()) || at_archive_end(block.data())) {
            if (extensions.count > 0) corrupt("it ends after an extended header");
            ended_ = true;
            break;
        }
        if (!checksum_right(block.data())) corrupt("a header's check sum is wrong");
        const char type = block[kTypeOffset];
        const auto size = checked_size(number_field(block.data(), kSize));
        if (!take_extension(type, size, extensions)) return make_entry(block.data(), type, size, extensions);
    }
    return std::nullopt;
}

bool TarReader::take_extension(char type, std::uint64_t size, Extensions& extensions) {
    switch (type) {
        case 'L': {
            const auto text = take_text(size, "a long name");
            extensions.long_name = text.substr(0, text.find('\0'));
            break;
        }
        case 'K': {
            const auto text = take_text(size, "a long link name");
            extensions.long_link = text.substr(0, text.find('\0'));
            break;
        }
        case 'x':
        case 'X': {
            const auto text = take_text(size, "a pax header");
            extensions.pax.clear();
            extensions.pieces_00.clear();
            extensions.offset_00.reset();
            for_each_pax_record(text, [&](auto key, auto value) { extensions.add(key, value); });
            break;
        }
        case 'g':  // defaults for the whole archive: git writes a comment; a path or size for all makes no sense
            take_text(size, "a pax header");
            break;
        default: return false;
    }
    if (++extensions.count > kMostExtensions) corrupt("too many extended headers before one entry");
    return true;
}

TarEntry TarReader::make_entry(const char* block, char type, std::uint64_t size, Extensions& extensions) {
    TarEntry entry;
    const auto text = [&](const char* key, std::optional<std::string>& longer, std::string otherwise) {
        if (longer) return *longer;
        const auto* record = extensions.find(key);
        return record != nullptr ? *record : std::move(otherwise);
    };
    const auto number = [&](const char* key, Field where) {
        const auto* record = extensions.find(key);
        return record != nullptr ? static_cast<std::int64_t>(pax_number(*record, key)) : number_field(block, where);
    };
    entry.name = text("path", extensions.long_name, header_name(block));
    entry.link = text("linkpath", extensions.long_link, std::string{text_field(block, kLink)});
    entry.type = entry_type(type, entry.name);
    entry.mode = static_cast<mode_t>(number_field(block, kMode)) & 07777U;
    entry.uid = checked_id(number("uid", kUid));
    entry.gid = checked_id(number("gid", kGid));
    if (const auto* mtime = extensions.find("mtime")) entry.mtime = pax_time(*mtime);
    else entry.mtime.tv_sec = number_field(block, kMtime);
    if (entry.type == TarType::CharDevice || entry.type == TarType::BlockDevice) {
        entry.device_major = checked_device(number_field(block, kMajor));
        entry.device_minor = checked_device(number_field(block, kMinor));
    }
    constexpr std::string_view kXattr = "SCHILY.xattr.";
    for (const auto& [key, value] : extensions.pax) {
        if (key.starts_with(kXattr)) entry.xattrs.emplace_back(key.substr(kXattr.size()), value);
    }
    if (const auto* record = extensions.find("size")) size = pax_number(*record, "size");
    begin_content(entry, block, type, size, extensions);
    return entry;
}

void TarReader::begin_content(TarEntry& entry, const char* block, char type, std::uint64_t size,
                              const Extensions& extensions) {
    // Links, devices and directories may carry a size without having content.
    if (!type_has_content(entry.type)) return;
    entry.size = size;
    padding_left_ = padding_of(size);
    if (type == 'S') {
        entry.size = checked_size(number_field(block, kGnuRealSize));
        entry.sparse = take_old_sparse_map(block);
    } else if (const auto* major = extensions.find("GNU.sparse.major")) {
        const auto* real = extensions.find("GNU.sparse.realsize");
        if (*major != "1" || real == nullptr) corrupt("an unknown sparse format");
        entry.size = pax_number(*real, "GNU.sparse.realsize");
        entry.sparse = take_sparse_map_10(size);
    } else if (const auto* map = extensions.find("GNU.sparse.map")) {
        const auto numbers = split(*map, ',');
        if (numbers.size() % 2 != 0) corrupt("a sparse map is inconsistent");
        entry.sparse.emplace();
        for (std::size_t i = 0; i < numbers.size(); i += 2) {
            add_piece(*entry.sparse, pax_number(numbers[i], "GNU.sparse.map"), pax_number(numbers[i + 1], "GNU.sparse.map"));
        }
    } else if (!extensions.pieces_00.empty()) {
        entry.sparse = extensions.pieces_00;
    }
    if (const auto* name = extensions.find("GNU.sparse.name")) entry.name = *name;
    if (const auto* real = extensions.find("GNU.sparse.size"); real != nullptr && entry.sparse) {
        entry.size = pax_number(*real, "GNU.sparse.size");
    }
    entry.stored_size = size;
    content_left_ = size;
    if (entry.sparse) check_pieces(*entry.sparse, entry.size, size);
}

std::vector<TarPiece> TarReader::take_old_sparse_map(const char* block) {
    std::vector<TarPiece> pieces;
    std::array<char, kBlockSize> extra;
    const char* map = block;
    std::size_t offset = kGnuSparse.offset;
    std::size_t pairs = 4;
    bool more = block[kGnuExtended] != '\0';
    for (;;) {
        for (std::size_t i = 0; i < pairs; ++i) {
            const Field where{offset + i * 24, 12};
            const Field length{offset + i * 24 + 12, 12};
            if (map[where.offset] == '\0' && map[length.offset] == '\0') break;  // unused from here on
            add_piece(pieces, checked_size(number_field(map, where)), checked_size(number_field(map, length)));
        }
        if (!more) return pieces;
        if (pieces.size() >= kMostPieces || !take_block(extra.data())) corrupt("a sparse map is inconsistent");
        map = extra.data();
        offset = 0;
        pairs = kSparseBlockPairs;
        more = extra[kSparseBlockExtended] != '\0';
    }
}

/// The map stands before the content: a count and pairs, a decimal number a line, padded to whole blocks.
std::vector<TarPiece> TarReader::take_sparse_map_10(std::uint64_t& size) {
    std::array<char, kBlockSize> block;
    std::size_t position = kBlockSize;
    const auto number = [&] {
        constexpr std::size_t kMostDigits = 20;
        std::string digits;
        for (;;) {
            if (position == kBlockSize) {
                if (size < kBlockSize || !take_block(block.data())) corrupt("a sparse map is cut short");
                size -= kBlockSize;
                position = 0;
            }
            const char byte = block[position++];
            if (byte == '\n') return pax_number(digits, "GNU.sparse map");
            if (digits.size() >= kMostDigits) corrupt("a sparse map is inconsistent");
            digits.push_back(byte);
        }
    };
    std::vector<TarPiece> pieces;
    for (auto left = number(); left > 0; --left) {
        const auto offset = number();
        add_piece(pieces, offset, number());
    }
    return pieces;
}

std::string_view TarReader::read() {
    if (content_left_ == 0) return {};
    const auto bytes = take(static_cast<std::size_t>(std::min<std::uint64_t>(content_left_, kReadBufferSize)));
    if (bytes.empty()) corrupt("it ends in the middle of an entry");
    content_left_ -= bytes.size();
    return bytes;
}

void TarReader::drain_rest() {
    begin_ = end_ = 0;
    while (source_.read(buffer_) > 0) {
    }
}

}  // namespace skiff::storage
