#include "storage/layer_apply.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "storage/implied_directories.h"
#include "storage/layer_path.h"
#include "storage/layer_tree.h"
#include "storage/tar_reader.h"
#include "storage/tree_walk.h"
#include "storage/xattr.h"
#include "util/corrupt.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

void require(bool done, std::string_view what) {
    if (!done) throw SystemError{errno, what};
}

std::array<timespec, 2> times_of(const TarEntry& entry) { return {entry.mtime, entry.mtime}; }

/// Owner before mode and attributes: chown(2) drops setuid bits and capabilities.
void set_metadata(int fd, const TarEntry& entry) {
    require(::fchown(fd, entry.uid, entry.gid) == 0, "setting its owner");
    require(::fchmod(fd, entry.mode) == 0, "setting its mode");
    set_xattrs(fd, entry.xattrs);
}

constexpr std::size_t kLeastHole = 16384;

bool is_hole(std::string_view bytes) {
    return bytes.size() >= kLeastHole && bytes.front() == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

class Applier {
public:
    Applier(Source& tar, int target, const LayerLimits& limits) : reader_{tar}, target_{target}, limits_{limits}, tree_{target} {}

    LayerApplyResult run(std::vector<ImpliedDirectory>& implied) {
        while (const auto entry = reader_.next()) {
            try {
                count(*entry);
                apply(*entry);
            } catch (const Error& error) {
                throw error.in(concat("layer entry ", quote(entry->name)));
            }
        }
        reader_.drain_rest();
        implied = tree_.finish();
        if (recount_) result_.size = tree_size(target_);
        return result_;
    }

private:
    void count(const TarEntry& entry) {
        ++result_.entries;
        stored_ += entry.stored_size;
        if (entry.size > limits_.apparent_bytes - apparent_) throw_corrupt("the layer's files are larger than allowed");
        apparent_ += entry.size;
        if (result_.entries > limits_.entries) throw_corrupt(concat("the layer has more than ", limits_.entries, " entries"));
        if (entry.stored_size > limits_.content_bytes || stored_ > limits_.content_bytes) throw_corrupt("the layer is larger than allowed");
    }

    void apply(const TarEntry& entry) {
        if (entry.type == TarType::VolumeLabel) return;
        const auto path = LayerPath::parse(entry.name);
        if (path.is_root()) return apply_root(entry);
        switch (whiteout_kind(path)) {
            case Whiteout::No: return apply_plain(entry, path);
            case Whiteout::Hide: return hide(entry, path);
            case Whiteout::Opaque: return set_opaque(tree_.make(path.parent)->fd.get());
            case Whiteout::Ignored: return;
        }
    }

    /// The root is there already; only a directory may describe it.
    void apply_root(const TarEntry& entry) {
        if (entry.type != TarType::Directory) throw_corrupt("the root of the file system is not a directory");
        const auto root = tree_.make("");
        set_metadata(root->fd.get(), entry);
        tree_.described(*root);
        root->mtime = entry.mtime;
    }

    void apply_plain(const TarEntry& entry, const LayerPath& path) {
        const auto parent = tree_.make(path.parent);
        switch (entry.type) {
            case TarType::Regular: return make_file(entry, parent->fd.get(), path.name);
            case TarType::Directory: return make_directory_entry(entry, parent->fd.get(), path);
            case TarType::Symlink: return make_symlink(entry, parent->fd.get(), path.name);
            case TarType::HardLink: return make_hard_link(entry, path);
            case TarType::CharDevice: return make_node(entry, S_IFCHR, parent->fd.get(), path.name);
            case TarType::BlockDevice: return make_node(entry, S_IFBLK, parent->fd.get(), path.name);
            case TarType::Fifo: return make_node(entry, S_IFIFO, parent->fd.get(), path.name);
            case TarType::VolumeLabel: return;
        }
    }

    void make_file(const TarEntry& entry, int parent, const std::string& name) {
        UniqueFd file;
        place(parent, name, [&] {
            file.reset(::openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
            return static_cast<bool>(file);
        });
        result_.size += entry.size;
        if (entry.sparse) write_sparse(entry, file.get());
        else write_content(entry, file.get());
        set_metadata(file.get(), entry);
        require(::futimens(file.get(), times_of(entry).data()) == 0, "setting its time");
    }

    /// The archive of a sparse file spells out its holes; they become holes again.
    void write_content(const TarEntry& entry, int file) {
        bool ends_with_hole = false;
        for (auto bytes = reader_.read(); !bytes.empty(); bytes = reader_.read()) {
            ends_with_hole = is_hole(bytes);
            if (ends_with_hole) require(::lseek(file, static_cast<off_t>(bytes.size()), SEEK_CUR) >= 0, "seeking");
            else write_all(file, bytes, entry.name);
        }
        if (ends_with_hole) require(::ftruncate(file, static_cast<off_t>(entry.size)) == 0, "setting its size");
    }

    void write_sparse(const TarEntry& entry, int file) {
        require(::ftruncate(file, static_cast<off_t>(entry.size)) == 0, "setting its size");
        std::string_view bytes;
        for (auto [offset, left] : *entry.sparse) {
            require(::lseek(file, static_cast<off_t>(offset), SEEK_SET) >= 0, "seeking");
            while (left > 0) {
                if (bytes.empty()) bytes = reader_.read();
                const auto part = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes.size())));
                write_all(file, part, entry.name);
                bytes.remove_prefix(part.size());
                left -= part.size();
            }
        }
    }

    void make_directory_entry(const TarEntry& entry, int parent, const LayerPath& path) {
        const char* name = path.name.c_str();
        bool was_whiteout = false;
        if (::mkdirat(parent, name, 0700) != 0) {
            require(errno == EEXIST, "making a directory");
            if (!is_directory(parent, path.name)) {
                was_whiteout = place(parent, path.name, [&] { return ::mkdirat(parent, name, 0700) == 0; });
            }
        }
        const auto directory = tree_.make(path.full());
        set_metadata(directory->fd.get(), entry);
        tree_.described(*directory);
        directory->mtime = entry.mtime;
        if (was_whiteout) set_opaque(directory->fd.get());
    }

    void make_symlink(const TarEntry& entry, int parent, const std::string& name) {
        if (entry.link.empty()) throw_corrupt("a symbolic link without target");
        if (entry.link.size() >= PATH_MAX) throw_corrupt("the target of a symbolic link is too long");
        place(parent, name, [&] { return ::symlinkat(entry.link.c_str(), parent, name.c_str()) == 0; });
        set_metadata_at(entry, parent, name);
    }

    void make_node(const TarEntry& entry, mode_t type, int parent, const std::string& name) {
        const auto device = type == S_IFIFO ? dev_t{0} : ::makedev(entry.device_major, entry.device_minor);
        if (is_whiteout(type, device)) throw_corrupt("a character device 0/0 is overlayfs's own whiteout");
        place(parent, name, [&] { return ::mknodat(parent, name.c_str(), type | 0600U, device) == 0; });
        // Never opened: opening a device or a FIFO has effects. It is no link, so fchmodat follows nothing.
        set_metadata_at(entry, parent, name);
    }

    void set_metadata_at(const TarEntry& entry, int parent, const std::string& name) {
        const char* path = name.c_str();
        require(::fchownat(parent, path, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) == 0, "setting its owner");
        if (entry.type != TarType::Symlink) require(::fchmodat(parent, path, entry.mode, 0) == 0, "setting its mode");
        set_xattrs_at(parent, name, entry.xattrs);
        require(::utimensat(parent, path, times_of(entry).data(), AT_SYMLINK_NOFOLLOW) == 0, "setting its time");
    }

    void make_hard_link(const TarEntry& entry, const LayerPath& path) {
        const auto target = in_context("its target", [&] { return LayerPath::parse(entry.link); });
        const auto from = target.is_root() ? nullptr : tree_.find(target.parent);
        struct stat status {};
        if (!from || ::fstatat(from->fd.get(), target.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            is_whiteout(status.st_mode, status.st_rdev)) {
            throw_corrupt(concat("a hard link to ", quote(entry.link), ", which the layer does not hold (yet)"));
        }
        if (S_ISDIR(status.st_mode)) throw_corrupt(concat("a hard link to directory ", quote(entry.link)));
        auto parent = tree_.make(path.parent);
        if (same_file(parent->fd.get(), path.name, status)) return;
        place(parent->fd.get(), path.name, [&] {
            const bool linked =
                ::linkat(from->fd.get(), target.name.c_str(), parent->fd.get(), path.name.c_str(), /*flags=*/0) == 0;
            if (!linked && errno == ENOENT) throw_corrupt("a hard link that replaces its own target");
            return linked;
        });
    }

    static bool same_file(int parent, const std::string& name, const struct stat& other) {
        struct stat status {};
        return ::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_ino == other.st_ino &&
               status.st_dev == other.st_dev;
    }

    /// Applies to lower layers only: what this layer itself has under that name stays.
    void hide(const TarEntry& entry, const LayerPath& path) {
        if (entry.type == TarType::Directory || entry.type == TarType::Symlink) throw_corrupt("a whiteout that is no file");
        const auto name = hidden_name(path);
        const auto parent = tree_.make(path.parent);
        if (::mknodat(parent->fd.get(), name.c_str(), S_IFCHR, ::makedev(0, 0)) == 0) return;
        require(errno == EEXIST, "making a whiteout");
        if (!is_directory(parent->fd.get(), name)) return;
        const UniqueFd directory = open_at(parent->fd.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        set_opaque(directory.get());
    }

    static bool is_directory(int parent, const std::string& name) {
        struct stat status {};
        require(::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0, "looking it up");
        return S_ISDIR(status.st_mode);
    }

    /// Runs `create`; when the name is taken, what has it makes way and `create` runs again: the later entry wins.
    /// True when it was a whiteout that made way.
    template <typename Create>
    bool place(int parent, const std::string& name, Create&& create) {
        if (create()) return false;
        require(errno == EEXIST, "making it");
        const bool was_whiteout = clear_the_way(parent, name);
        require(create(), "making it");
        return was_whiteout;
    }

    bool clear_the_way(int parent, const std::string& name) {
        struct stat status {};
        require(::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0, "looking it up");
        if (S_ISREG(status.st_mode) && status.st_nlink == 1) result_.size -= static_cast<std::uint64_t>(status.st_size);
        if (S_ISDIR(status.st_mode) || S_ISLNK(status.st_mode)) tree_.forget_paths();
        if (S_ISDIR(status.st_mode)) {
            recount_ = true;
            remove_tree_at(parent, name);
        } else {
            require(::unlinkat(parent, name.c_str(), 0) == 0, "replacing an earlier entry");
        }
        return is_whiteout(status.st_mode, status.st_rdev);
    }

    TarReader reader_;
    int target_;
    LayerLimits limits_;
    LayerTree tree_;
    LayerApplyResult result_;
    std::uint64_t stored_ = 0;
    std::uint64_t apparent_ = 0;
    bool recount_ = false;
};

}  // namespace

LayerApplyResult apply_layer(Source& tar, int target, const LayerApplyOptions& options) {
    std::vector<ImpliedDirectory> implied;
    const auto result = apply_layer_apart(tar, target, options.limits, implied);
    if (options.open_in_lower) inherit_metadata(target, implied, options.open_in_lower);
    return result;
}

LayerApplyResult apply_layer_apart(Source& tar, int target, const LayerLimits& limits, std::vector<ImpliedDirectory>& implied) {
    return Applier{tar, target, limits}.run(implied);
}

}  // namespace skiff::storage
