#include "util/copy_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <string>

#include "util/copy_metadata.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff {
namespace {


/// One copy_tree() call.
class TreeCopy {
public:
    explicit TreeCopy(int root) : root_{root} {}
    void copy_directory(int source, int target, const std::string& path, int depth);

private:
    void copy_entry(int source_dir, int target_dir, const std::string& name, const std::string& path, int depth);
    /// True when it is a further name of a file that was copied already.
    bool link(const struct stat& status, int target_dir, const std::string& name, const std::string& path);

    int root_;
    std::map<std::pair<dev_t, ino_t>, std::string> copied_;  ///< of files with several names, the first
};

bool TreeCopy::link(const struct stat& status, int target_dir, const std::string& name, const std::string& path) {
    if (status.st_nlink < 2) return false;
    const auto [known, first] = copied_.try_emplace({status.st_dev, status.st_ino}, path);
    if (first) return false;
    if (::linkat(root_, known->second.c_str(), target_dir, name.c_str(), 0) != 0) throw SystemError{errno, concat("linking ", quote(name))};
    return true;
}

void TreeCopy::copy_entry(int source_dir, int target_dir, const std::string& name, const std::string& path, int depth) {
    struct stat status {};
    if (::fstatat(source_dir, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return;
        throw SystemError{errno, concat("copying ", quote(name))};
    }
    if (S_ISSOCK(status.st_mode)) return;
    if (S_ISDIR(status.st_mode)) {
        const UniqueFd from = open_at(source_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        const UniqueFd to = make_directory_at(target_dir, name, 0700);
        copy_directory(from.get(), to.get(), path, depth + 1);
    } else if (S_ISREG(status.st_mode)) {
        const UniqueFd from = open_at(source_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        if (::fstat(from.get(), &status) != 0 || !S_ISREG(status.st_mode) || link(status, target_dir, name, path)) return;
        const UniqueFd to = open_at(target_dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
        copy_bytes(from.get(), to.get(), name);
        copy_metadata(from.get(), to.get(), status, name);
    } else {
        copy_special(source_dir, name, target_dir, name, status);
    }
}

void TreeCopy::copy_directory(int source, int target, const std::string& path, int depth) {
    if (depth > kMaxTreeDepth) throw Error{ErrorKind::Corrupt, "copying a directory: nested too deeply"};
    struct stat status {};
    if (::fstat(source, &status) != 0) throw SystemError{errno, "copying a directory"};
    for (const auto& name : list_directory(source)) copy_entry(source, target, name, path.empty() ? name : concat(path, "/", name), depth);
    copy_metadata(source, target, status, ".");
}

}  // namespace

void copy_tree(int source, int target) { TreeCopy{target}.copy_directory(source, target, {}, 0); }

}  // namespace skiff
