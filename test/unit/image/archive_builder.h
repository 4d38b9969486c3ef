#pragma once
/// Makes small tar archives and images in memory and on disk, right ones and wrong ones.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "util/digest.h"
#include "util/fd.h"

namespace skiff::image::testing {

namespace fs = std::filesystem;

/// A directory that is removed with its content.
class ScratchDirectory {
public:
    ScratchDirectory();
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;
    ~ScratchDirectory();
    const fs::path& path() const { return path_; }
    fs::path write(const std::string& name, std::string_view content) const;

private:
    fs::path path_;
};

/// A ustar archive, entry by entry; every field can be wrong on purpose.
class TarBuilder {
public:
    TarBuilder& file(std::string_view name, std::string_view content, char type = '0');
    TarBuilder& link(std::string_view name, std::string_view target, char type = '2');
    TarBuilder& directory(std::string_view name);
    /// A header that states `size` without content behind it.
    TarBuilder& bare_header(std::string_view name, std::string_view size_field, char type);
    /// An extended header ('x', 'g', 'L', 'K') with `text`.
    TarBuilder& extension(char type, std::string_view text);
    TarBuilder& raw(std::string_view bytes);
    std::string finish() const;
    const std::string& unfinished() const { return bytes_; }

private:
    void header(std::string_view name, std::string_view target, std::string_view size_field, char type);
    void content(std::string_view text);
    std::string bytes_;
};

/// "LENGTH KEY=VALUE\n".
std::string pax_record(std::string_view key, std::string_view value);

/// A layer's tar with one file.
std::string layer_tar(std::string_view file_name, std::string_view content);

/// An image config over these layers.
std::string config_for(const std::vector<std::string>& layers, std::string_view section = "");

/// An in-memory file as a descriptor at position 0.
UniqueFd as_file(std::string_view content);

}  // namespace skiff::image::testing
