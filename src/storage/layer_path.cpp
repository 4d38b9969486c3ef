#include "storage/layer_path.h"

#include <algorithm>

#include "util/corrupt.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

constexpr std::size_t kLongestName = 255;   // NAME_MAX
constexpr std::size_t kLongestPath = 4095;  // PATH_MAX without the NUL: what is longer no path reaches
constexpr std::string_view kPrefix = ".wh.";
constexpr std::string_view kMetaPrefix = ".wh..wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";

void check_component(std::string_view component) {
    if (component.size() > kLongestName) throw_corrupt("a component of its name is longer than 255 bytes");
    if (component.find('\0') != std::string_view::npos) throw_corrupt("its name holds a NUL byte");
}

}  // namespace

std::vector<std::string> path_components(std::string_view path) {
    std::vector<std::string> parts;
    while (!path.empty()) {
        const auto slash = std::min(path.find('/'), path.size());
        if (slash > 0) parts.emplace_back(path.substr(0, slash));
        path.remove_prefix(std::min(slash + 1, path.size()));
    }
    return parts;
}

LayerPath LayerPath::parse(std::string_view text) {
    std::string clean;
    while (!text.empty()) {
        const auto slash = std::min(text.find('/'), text.size());
        const auto component = text.substr(0, slash);
        text.remove_prefix(std::min(slash + 1, text.size()));
        if (component.empty() || component == ".") continue;
        if (component == "..") {
            if (clean.empty()) throw_corrupt("its name leads out of the root file system");
            const auto cut = clean.rfind('/');
            clean.resize(cut == std::string::npos ? 0 : cut);
            continue;
        }
        check_component(component);
        if (!clean.empty()) clean.push_back('/');
        clean.append(component);
    }
    if (clean.size() > kLongestPath) throw_corrupt("its name is longer than 4095 bytes");
    const auto cut = clean.rfind('/');
    const auto last = cut == std::string::npos ? 0 : cut + 1;  // where the last component begins
    return {clean.substr(0, last == 0 ? 0 : last - 1), clean.substr(last)};
}

Whiteout whiteout_kind(const LayerPath& path) {
    if (path.parent.find(kPrefix) != std::string::npos) {
        const auto parents = path_components(path.parent);
        if (parents.front().starts_with(kMetaPrefix)) return Whiteout::Ignored;
        if (std::any_of(parents.begin(), parents.end(), [](const auto& part) { return part.starts_with(kPrefix); })) {
            throw_corrupt("its parent is a whiteout");
        }
    }
    if (!path.name.starts_with(kPrefix)) return Whiteout::No;
    if (path.name == kOpaque) return Whiteout::Opaque;
    if (path.name.starts_with(kMetaPrefix)) return Whiteout::Ignored;
    const auto hidden = hidden_name(path);
    if (hidden.empty() || hidden == "." || hidden == "..") throw_corrupt("a whiteout of nothing that can be hidden");
    return Whiteout::Hide;
}

std::string hidden_name(const LayerPath& path) { return path.name.substr(kPrefix.size()); }

}  // namespace skiff::storage
