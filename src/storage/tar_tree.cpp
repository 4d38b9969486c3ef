#include "storage/tar_tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <exception>
#include <map>
#include <memory>
#include <vector>

#include "storage/xattr.h"
#include "util/copy_tree.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

constexpr std::size_t kBufferBytes = 1U << 18;

struct SinkState {
    const TarSink& sink;
    std::exception_ptr failure;
};

/// libarchive is C: what the sink throws is carried around it.
la_ssize_t pass_on(archive*, void* context, const void* data, std::size_t length) {
    auto& state = *static_cast<SinkState*>(context);
    try {
        state.sink({static_cast<const char*>(data), length});
        return static_cast<la_ssize_t>(length);
    } catch (...) {
        state.failure = std::current_exception();
        return -1;
    }
}

class TarWriter {
public:
    TarWriter(const TarSink& sink, const TarTreeOptions& options)
        : state_{sink, nullptr}, options_{options}, archive_{archive_write_new(), archive_write_free}, buffer_(kBufferBytes) {
        archive_write_set_format_pax_restricted(archive_.get());
        archive_write_set_format_option(archive_.get(), "pax", "xattrheader", "SCHILY");
        archive_write_add_filter_none(archive_.get());
        archive_write_set_bytes_per_block(archive_.get(), static_cast<int>(kBufferBytes));
        archive_write_set_bytes_in_last_block(archive_.get(), 1);
        check(archive_write_open(archive_.get(), &state_, nullptr, pass_on, nullptr), "opening the archive");
    }

    void close() { check(archive_write_close(archive_.get()), "ending the archive"); }

    void write_children(int dir, const std::string& path, int depth) {
        if (depth > kMaxTreeDepth) throw Error{ErrorKind::Corrupt, concat("archiving ", quote(path), ": nested too deeply")};
        auto names = list_directory(dir);
        std::sort(names.begin(), names.end());
        for (const auto& name : names) write_entry(dir, name, path.empty() ? name : concat(path, "/", name), depth);
    }

    void write_entry(int dir, const std::string& name, const std::string& path, int depth) {
        struct stat status {};
        if (::fstatat(dir, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno == ENOENT) return;  // gone meanwhile: a running container goes on working
            throw SystemError{errno, concat("archiving ", quote(path))};
        }
        if (S_ISSOCK(status.st_mode)) return;
        if (options_.leave_out && options_.leave_out(path, status)) return;
        if (options_.layer && name.starts_with(".wh.")) {
            throw Error{ErrorKind::Unsupported, concat("archiving ", quote(path), ": in a layer such a name means that another file was deleted")};
        }
        if (options_.layer && S_ISCHR(status.st_mode) && status.st_rdev == 0) return write_whiteout(path);
        if (S_ISDIR(status.st_mode)) return write_directory(dir, name, path, status, depth);
        if (S_ISREG(status.st_mode)) return write_regular(dir, name, path, status);
        write_other(dir, name, path, status);
    }

    void write_root(int dir, const std::string& path) {
        struct stat status {};
        if (::fstat(dir, &status) != 0) throw SystemError{errno, "archiving a directory"};
        device_ = status.st_dev;
        if (!path.empty()) write_header(make_entry(path + "/", status, dir));
        else if (options_.with_root) write_header(make_entry("./", status, dir));
    }

private:
    using Entry = std::unique_ptr<archive_entry, void (*)(archive_entry*)>;

    void check(int code, std::string_view doing) {
        if (state_.failure) std::rethrow_exception(std::exchange(state_.failure, nullptr));
        if (code >= ARCHIVE_WARN) return;
        const char* text = archive_error_string(archive_.get());
        throw Error{ErrorKind::System, concat(doing, ": ", text != nullptr ? text : "failed")};
    }

    void write_header(const Entry& entry) { check(archive_write_header(archive_.get(), entry.get()), "writing an archive entry"); }

    /// `fd` -1: no extended attributes.
    Entry make_entry(const std::string& path, const struct stat& status, int fd) {
        Entry entry{archive_entry_new(), archive_entry_free};
        archive_entry_copy_stat(entry.get(), &status);
        archive_entry_set_pathname(entry.get(), path.c_str());
        archive_entry_unset_atime(entry.get());
        archive_entry_unset_ctime(entry.get());
        archive_entry_unset_birthtime(entry.get());
        if (options_.map_uid) archive_entry_set_uid(entry.get(), options_.map_uid(status.st_uid));
        if (options_.map_gid) archive_entry_set_gid(entry.get(), options_.map_gid(status.st_gid));
        if (fd >= 0) add_attributes(entry.get(), get_xattrs(fd));
        return entry;
    }

    /// Sorted: file systems list them in any order, and the same tree must give the same archive.
    static void add_attributes(archive_entry* entry, Xattrs attributes) {
        std::sort(attributes.begin(), attributes.end());
        for (const auto& [name, value] : attributes) archive_entry_xattr_add_entry(entry, name.c_str(), value.data(), value.size());
    }

    void write_whiteout(const std::string& path) {
        const auto slash = path.rfind('/');
        const std::string directory = slash == std::string::npos ? "" : path.substr(0, slash + 1);
        write_marker(concat(directory, ".wh.", path.substr(slash == std::string::npos ? 0 : slash + 1)));
    }

    void write_marker(const std::string& path) {
        Entry entry{archive_entry_new(), archive_entry_free};
        archive_entry_set_pathname(entry.get(), path.c_str());
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_perm(entry.get(), 0600);
        archive_entry_set_size(entry.get(), 0);
        archive_entry_set_mtime(entry.get(), 0, 0);
        write_header(entry);
    }

    void write_directory(int dir, const std::string& name, const std::string& path, const struct stat& status, int depth) {
        const UniqueFd inside = open_at_if_exists(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (!inside) return;
        write_header(make_entry(path + "/", status, inside.get()));
        if (options_.layer && is_opaque(inside.get())) write_marker(path + "/.wh..wh..opq");
        if (options_.one_file_system && status.st_dev != device_) return;
        write_children(inside.get(), path, depth + 1);
    }

    /// True when the file was written as a link to an earlier entry.
    bool write_as_link(const std::string& path, const struct stat& status) {
        if (status.st_nlink < 2) return false;
        const auto [first, is_new] = links_.try_emplace({status.st_dev, status.st_ino}, path);
        if (is_new) return false;
        Entry entry = make_entry(path, status, -1);
        archive_entry_set_hardlink(entry.get(), first->second.c_str());
        archive_entry_set_size(entry.get(), 0);
        write_header(entry);
        return true;
    }

    void write_regular(int dir, const std::string& name, const std::string& path, struct stat status) {
        if (write_as_link(path, status)) return;
        const UniqueFd file = open_at_if_exists(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return;
        write_header(make_entry(path, status, file.get()));
        write_content(file.get(), status.st_size, path);
    }

    /// A file that shrinks while it is read is filled with zeros: the header has promised its size.
    void write_content(int file, off_t size, const std::string& path) {
        while (size > 0) {
            const auto wanted = static_cast<std::size_t>(std::min<off_t>(size, static_cast<off_t>(buffer_.size())));
            ssize_t got = ::read(file, buffer_.data(), wanted);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) throw SystemError{errno, concat("reading ", quote(path))};
            if (got == 0) {
                std::fill_n(buffer_.begin(), wanted, '\0');
                got = static_cast<ssize_t>(wanted);
            }
            if (archive_write_data(archive_.get(), buffer_.data(), static_cast<std::size_t>(got)) < 0) check(ARCHIVE_FATAL, "writing to the archive");
            size -= got;
        }
    }

    void write_other(int dir, const std::string& name, const std::string& path, const struct stat& status) {
        if (!S_ISLNK(status.st_mode) && write_as_link(path, status)) return;
        Entry entry = make_entry(path, status, -1);
        archive_entry_set_size(entry.get(), 0);
        if (S_ISLNK(status.st_mode)) {
            const auto target = read_link_at(dir, name);
            if (!target) return;
            archive_entry_set_symlink(entry.get(), target->c_str());
        }
        add_attributes(entry.get(), get_xattrs_at(dir, name));
        write_header(entry);
    }

    SinkState state_;
    const TarTreeOptions& options_;
    std::unique_ptr<archive, int (*)(archive*)> archive_;
    std::vector<char> buffer_;
    std::map<std::pair<dev_t, ino_t>, std::string> links_;
    dev_t device_ = 0;
};

}  // namespace

void write_tree_tar(int dir, const TarSink& sink, const TarTreeOptions& options) {
    const UniqueFd readable = open_directory_at(dir, ".");
    TarWriter writer{sink, options};
    writer.write_root(readable.get(), options.prefix);
    writer.write_children(readable.get(), options.prefix, 0);
    writer.close();
}

void write_entry_tar(int dir, const std::string& name, const TarSink& sink, const TarTreeOptions& options) {
    const UniqueFd readable = open_directory_at(dir, ".");
    TarWriter writer{sink, options};
    writer.write_root(readable.get(), {});
    writer.write_entry(readable.get(), name, options.prefix, 0);
    writer.close();
}

}  // namespace skiff::storage
