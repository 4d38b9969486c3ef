#pragma once
/// A directory for one test: a target to unpack into, and canaries beside it that must never change.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "storage/layer_apply.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::test {

namespace fs = std::filesystem;

inline bool not_root() { return ::geteuid() != 0; }

class Scratch {
public:
    Scratch() {
        std::string name = (fast_directory() / "skiff-storage-XXXXXX").native();
        path_ = ::mkdtemp(name.data());
        fs::create_directories(path_ / "root");
        fs::create_directories(path_ / "canary/dir");
        std::ofstream(path_ / "canary/file") << "canary";
        std::ofstream(path_ / "canary/dir/inner") << "inner";
        std::ofstream(path_ / "canary/suid") << "suid";
        ::chmod((path_ / "canary/suid").c_str(), 04755);
        ::mkfifo((path_ / "canary/fifo").c_str(), 0600);
        before_ = snapshot();
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { remove_tree_at(AT_FDCWD, path_); }

    const fs::path& path() const { return path_; }
    fs::path root() const { return path_ / "root"; }
    bool canaries_unchanged() const { return snapshot() == before_; }

    storage::LayerApplyResult unpack(std::string_view tar, const storage::LayerApplyOptions& options = {}) const {
        storage::MemorySource source{tar};
        const UniqueFd target = open_directory(root());
        return storage::apply_layer(source, target.get(), options);
    }
    /// The text of the error, empty when it went well.
    std::string failure(std::string_view tar, const storage::LayerApplyOptions& options = {}) const {
        try {
            unpack(tar, options);
            return {};
        } catch (const Error& error) {
            return error.what();
        }
    }
    struct stat status(const std::string& name) const {
        struct stat found {};
        if (::lstat((root() / name).c_str(), &found) != 0) found.st_mode = 0;
        return found;
    }
    bool exists(const std::string& name) const { return status(name).st_mode != 0; }
    std::string content(const std::string& name) const { return read_file(root() / name); }
    bool is_whiteout(const std::string& name) const {
        const auto found = status(name);
        return S_ISCHR(found.st_mode) && found.st_rdev == 0;
    }

private:
    /// A tmpfs where it has all that is tested: syncfs on a busy disk takes a second.
    static const fs::path& fast_directory() {
        static const fs::path chosen = [] {
            std::string name = "/dev/shm/skiff-probe-XXXXXX";
            const UniqueFd probe{::mkstemp(name.data())};
            if (probe) ::unlink(name.c_str());
            const bool able = probe && ::fsetxattr(probe.get(), "user.probe", "1", 1, 0) == 0;
            return able ? fs::path{"/dev/shm"} : fs::temp_directory_path();
        }();
        return chosen;
    }
    /// Everything beside the target: type, mode, owner, inode, size, times, content.
    std::map<std::string, std::string> snapshot() const {
        std::map<std::string, std::string> seen;
        for (fs::recursive_directory_iterator it{path_}, end; it != end; ++it) {
            if (it->path() == root()) {
                it.disable_recursion_pending();
                seen[it->path().native()] = "root";
                continue;
            }
            struct stat found {};
            ::lstat(it->path().c_str(), &found);
            auto text = concat(found.st_mode, " ", found.st_uid, " ", found.st_gid, " ", found.st_ino, " ", found.st_nlink, " ",
                               found.st_size, " ", found.st_mtim.tv_sec, ".", found.st_mtim.tv_nsec);
            if (S_ISREG(found.st_mode)) text += read_file(it->path());
            seen[it->path().native()] = text;
        }
        return seen;
    }
    fs::path path_;
    std::map<std::string, std::string> before_;
};

}  // namespace skiff::test
