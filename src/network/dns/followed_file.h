#pragma once
/// A file that others replace or rewrite: read again when it is another one than before.
///
/// Looking costs a stat(2), two microseconds, and is done before each use. Unlike a watch it cannot miss a change, however it
/// was made: renamed over, written in place, behind a link that now leads elsewhere, or mounted over.

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>

namespace skiff::network::dns {

namespace fs = std::filesystem;

class FollowedFile {
public:
    explicit FollowedFile(fs::path path) : path_{std::move(path)} {}

    const fs::path& path() const noexcept { return path_; }
    /// True when it changed (came, went, was written) since the last call; the first call is always true.
    bool changed() noexcept;
    /// Its content, at most `limit_bytes`; nullopt when it cannot be read.
    std::optional<std::string> read(std::size_t limit_bytes) const noexcept;

private:
    struct Stamp {
        dev_t device = 0;
        ino_t inode = 0;
        off_t size = -1;
        timespec modified{};
        timespec status_changed{};
        bool operator==(const Stamp& other) const noexcept;
    };
    Stamp look() const noexcept;

    fs::path path_;
    std::optional<Stamp> seen_;
};

}  // namespace skiff::network::dns
