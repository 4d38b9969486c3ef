#include "storage/staging.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "state/file_lock.h"
#include "util/error.h"
#include "util/files.h"
#include "util/log.h"
#include "util/random.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

/// A sweeper may lock and remove the new directory before its maker locks it: then it has no name any more.
bool still_linked(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && status.st_nlink > 0;
}

bool lock_now(int fd) { return ::flock(fd, LOCK_EX | LOCK_NB) == 0; }

bool sweep_directory(int staging, const std::string& name) {
    const UniqueFd entry = open_at_if_exists(staging, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!entry || !lock_now(entry.get())) return false;
    remove_tree_at(staging, name);
    return true;
}

bool sweep_file(const fs::path& path) {
    auto lock = state::FileLock::try_exclusive(path);
    if (!lock) return false;
    lock->unlink_and_release();
    return true;
}

bool sweep_entry(int staging, const fs::path& directory, const std::string& name) {
    struct stat status {};
    if (::fstatat(staging, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
    try {
        return S_ISDIR(status.st_mode) ? sweep_directory(staging, name) : sweep_file(directory / name);
    } catch (const Error& error) {
        log::warn(concat("sweeping ", quote((directory / name).native()), ": ", error.what(), ", ignoring"));
        return false;
    }
}

}  // namespace

StagingEntry::StagingEntry(const fs::path& root, std::string_view prefix) {
    const UniqueFd staging = make_directory(root / "staging", 0700);
    while (!fd_) {
        const auto name = concat(prefix, "-", random_hex(16));
        UniqueFd made;
        try {
            made = make_directory_at(staging.get(), name, 0700);
        } catch (const SystemError& error) {
            if (error.code() != ENOENT) throw;
            continue;  // swept between mkdir and open
        }
        if (!lock_now(made.get()) || !still_linked(made.get())) continue;
        path_ = root / "staging" / name;
        fd_ = std::move(made);
    }
}

StagingEntry::StagingEntry(StagingEntry&& other) noexcept
    : path_{std::exchange(other.path_, {})}, fd_{std::move(other.fd_)} {}

StagingEntry::~StagingEntry() {
    if (!fd_) return;
    try {
        remove_tree_at(AT_FDCWD, path_);
    } catch (const std::exception& error) {
        log::warn(concat("removing ", quote(path_.native()), ": ", error.what(), ", ignoring"));
    }
}

int sweep_staging(const fs::path& root) {
    const UniqueFd staging = open_at_if_exists(AT_FDCWD, root / "staging", O_RDONLY | O_DIRECTORY);
    if (!staging) return 0;
    int swept = 0;
    for (const auto& name : list_directory(staging.get())) {
        if (sweep_entry(staging.get(), root / "staging", name)) ++swept;
    }
    return swept;
}

}  // namespace skiff::storage
