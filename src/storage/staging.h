#pragma once
/// ROOT/staging: the only place where the store makes something unfinished. An entry is a directory whose owner
/// holds a flock on it; what nobody locks belongs to the dead and is swept.

#include <filesystem>
#include <string_view>

#include "util/fd.h"

namespace skiff::storage {

namespace fs = std::filesystem;

/// A locked directory below ROOT/staging, removed with its content on destruction. Move-only. Not to be kept
/// across a fork: a child would keep the lock.
class [[nodiscard]] StagingEntry {
public:
    /// Makes ROOT/staging (0700) when it is missing, and in it `PREFIX-RANDOM` (0700), locked.
    StagingEntry(const fs::path& root, std::string_view prefix);
    StagingEntry(StagingEntry&& other) noexcept;
    StagingEntry& operator=(StagingEntry&&) = delete;
    ~StagingEntry();

    int fd() const noexcept { return fd_.get(); }
    const fs::path& path() const noexcept { return path_; }

private:
    fs::path path_;
    UniqueFd fd_;
};

/// Removes every entry (and lock file) of ROOT/staging that nobody locks. Returns how many. What cannot be removed is
/// left with a warning.
int sweep_staging(const fs::path& root);

}  // namespace skiff::storage
