#include "util/copy_tree.h"
#include "util/merge_tree.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>

#include "util/copy_metadata.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/random.h"
#include "util/text.h"

namespace skiff {
namespace {


struct Merge {
    const MergeOptions& options;

    struct stat owned(struct stat status) const {
        if (options.owner) {
            status.st_uid = options.owner->first;
            status.st_gid = options.owner->second;
        }
        return status;
    }

    /// Makes room for something of another kind, or refuses.
    void clear_way(int target, const std::string& name, bool wanted_directory) const {
        struct stat there {};
        if (::fstatat(target, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) return;
        if (S_ISDIR(there.st_mode) == wanted_directory) return;
        if (!options.replace_other_kinds) {
            throw Error{ErrorKind::Invalid, concat("copying ", quote(name), wanted_directory ? ": a directory cannot replace a file"
                                                                                             : ": a file cannot replace a directory"),
                        "use --overwrite"};
        }
        remove_tree_at(target, name);
    }

    void directory(int source, const std::string& source_name, int target, const std::string& target_name, int depth) const {
        if (depth > kMaxTreeDepth) throw Error{ErrorKind::Corrupt, concat("copying ", quote(source_name), ": nested too deeply")};
        clear_way(target, target_name, true);
        const UniqueFd from = open_at(source, source_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (::mkdirat(target, target_name.c_str(), 0700) != 0 && errno != EEXIST) {
            throw SystemError{errno, concat("making directory ", quote(target_name))};
        }
        const UniqueFd to = open_at(target, target_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        opened_directory(from.get(), to.get(), target_name, depth);
    }

    void opened_directory(int source, int target, const std::string& name, int depth) const {
        children(source, target, depth);
        struct stat status {};
        if (::fstat(source, &status) != 0) throw SystemError{errno, concat("copying ", quote(name))};
        copy_metadata(source, target, owned(status), name);
    }

    void children(int source, int target, int depth) const {
        for (const auto& name : list_directory(source)) entry(source, name, target, name, depth + 1);
    }

    void regular(int source, const std::string& source_name, int target, const std::string& target_name) const {
        const UniqueFd from = open_at(source, source_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        struct stat status {};
        if (::fstat(from.get(), &status) != 0 || !S_ISREG(status.st_mode)) return;
        place(target, target_name, [&](const std::string& temporary) {
            const UniqueFd to = open_at(target, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
            copy_bytes(from.get(), to.get(), source_name);
            copy_metadata(from.get(), to.get(), owned(status), target_name);
        });
    }

    void special(int source, const std::string& source_name, int target, const std::string& target_name,
                 const struct stat& status) const {
        place(target, target_name, [&](const std::string& temporary) {
            copy_special(source, source_name, target, temporary, owned(status));
        });
    }

    template <typename Make>
    void place(int target, const std::string& name, Make&& make) const {
        clear_way(target, name, false);
        const std::string temporary = concat(".skiff-copy-", random_hex(12));
        try {
            make(temporary);
            if (::renameat(target, temporary.c_str(), target, name.c_str()) != 0) {
                throw SystemError{errno, concat("putting ", quote(name), " in place")};
            }
        } catch (...) {
            ::unlinkat(target, temporary.c_str(), 0);
            throw;
        }
    }

    void entry(int source, const std::string& source_name, int target, const std::string& target_name, int depth) const {
        struct stat status {};
        if (::fstatat(source, source_name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno == ENOENT && depth > 0) return;  // gone meanwhile
            throw SystemError{errno, concat("copying ", quote(source_name))};
        }
        if (S_ISSOCK(status.st_mode)) return;
        if (S_ISDIR(status.st_mode)) return directory(source, source_name, target, target_name, depth);
        if (S_ISREG(status.st_mode)) return regular(source, source_name, target, target_name);
        special(source, source_name, target, target_name, status);
    }
};

}  // namespace

void merge_entry(int source, const std::string& source_name, int target, const std::string& target_name,
                 const MergeOptions& options) {
    Merge{options}.entry(source, source_name, target, target_name, 0);
}

void merge_children(int source, int target, const MergeOptions& options) { Merge{options}.children(source, target, 0); }

void merge_directory(int source, int target, const MergeOptions& options) { Merge{options}.opened_directory(source, target, ".", 0); }

}  // namespace skiff
