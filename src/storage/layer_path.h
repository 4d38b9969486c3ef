#pragma once
/// Names of layer entries, taken apart. Internal to src/storage.

#include <string>
#include <string_view>
#include <vector>

namespace skiff::storage {

/// Where an entry belongs below the layer's root, without ".", ".." and empty components.
struct LayerPath {
    std::string parent;  ///< "usr/lib"; empty: the root
    std::string name;    ///< last component; empty: the root itself

    bool is_root() const noexcept { return name.empty(); }
    std::string full() const { return parent.empty() ? name : parent + "/" + name; }

    /// A leading slash is dropped, ".." takes back one component. Throws Error{Corrupt} for what leaves the root, holds
    /// a component over 255 bytes or a NUL, or is over 4095 bytes in all (PATH_MAX).
    static LayerPath parse(std::string_view text);
};

/// What layer.md, Whiteouts, makes of a last component.
enum class Whiteout {
    No,
    Hide,     ///< ".wh.NAME"
    Opaque,   ///< ".wh..wh..opq"
    Ignored,  ///< ".wh..wh.…": what aufs kept for itself
};
/// Throws Error{Corrupt} for ".wh." itself, ".wh.." and ".wh...", and when a component of the parent is a whiteout.
Whiteout whiteout_kind(const LayerPath& path);
/// NAME of ".wh.NAME".
std::string hidden_name(const LayerPath& path);

std::vector<std::string> path_components(std::string_view path);

}  // namespace skiff::storage
