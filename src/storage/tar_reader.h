#pragma once
/// Reads a tar stream as it comes: v7, ustar, star, GNU and pax headers, long names, sparse files of every GNU
/// format, pax extended attributes.
///
/// For hostile input: memory is bounded (extended headers 1 MiB, sparse maps 2^18 pieces), names are bytes and go
/// through no locale, whatever breaks the format is Error{Corrupt}. Where readers of the field differ (GNU long name
/// beside a pax path, links with a size, records with an empty value) Go's archive/tar is followed, since the tools
/// that sign, scan and diff images read layers through it. Source: pax(1); tar(5); GNU tar manual, Tar Internals.

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/source.h"

namespace skiff::storage {

enum class TarType { Regular, HardLink, Symlink, CharDevice, BlockDevice, Directory, Fifo, VolumeLabel };

/// A piece of a sparse file that has content.
struct TarPiece {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

struct TarEntry {
    TarType type = TarType::Regular;
    std::string name;  ///< as written, bytes
    std::string link;  ///< target of HardLink and Symlink, as written
    mode_t mode = 0;   ///< permission bits with setuid, setgid, sticky
    uid_t uid = 0;
    gid_t gid = 0;
    timespec mtime{};
    std::uint64_t stored_size = 0;  ///< bytes of content in the archive
    std::uint64_t size = 0;         ///< of the file, holes included
    unsigned device_major = 0;
    unsigned device_minor = 0;
    std::vector<std::pair<std::string, std::string>> xattrs;
    std::optional<std::vector<TarPiece>> sparse;  ///< ascending; lengths add up to stored_size
};

class TarReader {
public:
    /// Borrows `source`, which gives an uncompressed archive.
    explicit TarReader(Source& source);

    /// The next entry, what is left of the last one's content skipped; nullopt at the end of the archive.
    std::optional<TarEntry> next();
    /// The next piece of the current entry's content, valid until the next call; empty at its end.
    std::string_view read();
    /// How many bytes of the archive have been used: after next() where the entry's content begins.
    std::uint64_t position() const noexcept { return position_; }
    /// Reads and drops what follows the archive's end (padding), up to the end of the stream.
    void drain_rest();

private:
    using PaxRecords = std::map<std::string, std::string, std::less<>>;
    struct Extensions;

    std::string_view take(std::size_t at_most);
    bool take_block(char* block);
    void skip(std::uint64_t bytes);
    std::string take_text(std::uint64_t size, std::string_view what);
    bool at_archive_end(const char* block);
    bool take_extension(char type, std::uint64_t size, Extensions& extensions);
    TarEntry make_entry(const char* block, char type, std::uint64_t size, Extensions& extensions);
    void begin_content(TarEntry& entry, const char* block, char type, std::uint64_t size, const Extensions& extensions);
    std::vector<TarPiece> take_old_sparse_map(const char* block);
    std::vector<TarPiece> take_sparse_map_10(std::uint64_t& size);

    Source& source_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t position_ = 0;
    std::uint64_t content_left_ = 0;
    std::uint64_t padding_left_ = 0;
    bool ended_ = false;
};

}  // namespace skiff::storage
