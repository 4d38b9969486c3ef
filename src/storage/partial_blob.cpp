#include "storage/partial_blob.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

std::string name_of(const Digest& digest) { return concat(digest.algorithm(), "-", digest.hex()); }

fs::path lock_path(const fs::path& file) { return concat(file.native(), ".lock"); }

bool older_than(const struct stat& status, std::chrono::seconds age) {
    return status.st_mtim.tv_sec + age.count() <= now_nanos() / 1'000'000'000;
}

/// A lock file that outlived its download and its owner.
void sweep_lock(int directory, const fs::path& path) {
    const auto file = fs::path{path}.replace_extension();
    if (::faccessat(directory, file.filename().c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) return;
    if (auto lock = state::FileLock::try_exclusive(path)) lock->unlink_and_release();
}

}  // namespace

std::optional<PartialBlob> PartialBlob::try_open(const fs::path& root, const Digest& digest) {
    { const UniqueFd directory = make_directory(root / "partial", 0700); }
    const auto path = root / "partial" / name_of(digest);
    auto lock = state::FileLock::try_exclusive(lock_path(path));
    if (!lock) return std::nullopt;
    auto file = open_at(AT_FDCWD, path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    return PartialBlob{std::move(*lock), std::move(file), path};
}

PartialBlob::~PartialBlob() {
    if (!lock_) return;
    try {
        lock_.unlink_and_release();
    } catch (const std::exception&) {
        // An empty file that the next owner takes over, or the sweep removes.
    }
}

std::uint64_t PartialBlob::size() const {
    struct stat status {};
    if (::fstat(file_.get(), &status) != 0) throw SystemError{errno, concat("looking at ", quote(path_.native()))};
    return static_cast<std::uint64_t>(status.st_size);
}

void PartialBlob::discard() const noexcept { ::unlink(path_.c_str()); }

std::uint64_t sweep_partial_blobs(const fs::path& root, std::chrono::seconds age) {
    const UniqueFd directory = open_at_if_exists(AT_FDCWD, root / "partial", O_RDONLY | O_DIRECTORY);
    if (!directory) return 0;
    std::uint64_t bytes = 0;
    for (const auto& name : list_directory(directory.get())) {
        if (name.ends_with(".lock")) {
            sweep_lock(directory.get(), root / "partial" / name);
            continue;
        }
        struct stat status {};
        if (::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || !older_than(status, age)) continue;
        auto lock = state::FileLock::try_exclusive(lock_path(root / "partial" / name));
        if (!lock) continue;
        remove_tree_at(directory.get(), name);
        bytes += static_cast<std::uint64_t>(status.st_size);
        lock->unlink_and_release();
    }
    return bytes;
}

}  // namespace skiff::storage
