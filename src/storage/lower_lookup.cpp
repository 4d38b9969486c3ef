#include "storage/lower_lookup.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "storage/layer_path.h"
#include "storage/xattr.h"
#include "util/files.h"

namespace skiff::storage {
namespace {

enum class Found { Here, Below, Nowhere };

/// Walks `components` in one layer. Below: this layer says nothing about it. Nowhere: this layer hides it, or has
/// something else than a directory there.
Found look_up(UniqueFd& current, const std::vector<std::string>& components) {
    bool hides = false;  // an opaque directory on the way: nothing further down the stack counts
    for (const auto& name : components) {
        hides = hides || is_opaque(current.get());
        struct stat status {};
        if (::fstatat(current.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return hides ? Found::Nowhere : Found::Below;
        if (!S_ISDIR(status.st_mode)) return Found::Nowhere;
        current = open_at(current.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    }
    return Found::Here;
}

}  // namespace

std::function<UniqueFd(const std::string&)> lower_opener(std::vector<std::filesystem::path> layers) {
    return [layers = std::move(layers)](const std::string& path) {
        const auto components = path_components(path);
        for (const auto& layer : layers) {
            UniqueFd current = open_directory(layer);
            switch (look_up(current, components)) {
                case Found::Here: return current;
                case Found::Nowhere: return UniqueFd{};
                case Found::Below: break;
            }
        }
        return UniqueFd{};
    };
}

}  // namespace skiff::storage
