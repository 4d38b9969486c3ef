#pragma once
/// Where the files of an uncompressed tar archive begin, without reading their content: for archives that hold
/// images (docker-archive, oci-archive), not for layers, which storage::TarReader unpacks.
///
/// The archive is hostile: names are only keys here, links resolve inside the archive, memory is bounded.
/// Source: tar(5), pax(1).

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace skiff::image {

class TarIndex {
public:
    struct File {
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
    };

    /// Scans the headers by pread(2). Throws Error{Corrupt} saying what is wrong in `name`.
    TarIndex(int fd, std::string_view name);

    /// The regular file `name` ("./a/../b" is "b"), or what a link of that name leads to.
    std::optional<File> find(std::string_view name) const;
    bool empty() const noexcept { return files_.empty(); }

private:
    class Scan;
    void add_file(const std::string& name, File file);
    void add_link(const std::string& name, std::string target);

    std::map<std::string, File, std::less<>> files_;
    std::map<std::string, std::string, std::less<>> links_;
};

/// "a//./b/../c" → "a/c"; nullopt for what leads above the top or is nothing at all.
std::optional<std::string> clean_member_name(std::string_view name);

}  // namespace skiff::image
