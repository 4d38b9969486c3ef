#include "cli/inspect_mounts.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libpod/container.h"
#include "libpod/container_config.h"
#include "libpod/runtime.h"
#include "libpod/volume/volume.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

using libpod::MountConfig;
using libpod::MountKind;
using Words = std::vector<std::string>;
using Pair = std::array<std::string_view, 2>;

constexpr std::array<std::string_view, 8> kPropagations{"shared", "rshared", "slave", "rslave", "private", "rprivate", "unbindable", "runbindable"};

bool is_one_of(std::string_view word, std::span<const std::string_view> list) { return std::ranges::find(list, word) != list.end(); }

/// `word` unless one of those that it excludes is there.
void add_default(Words& words, const char* word, std::span<const std::string_view> unless) {
    const bool said = std::ranges::any_of(words, [&](const std::string& other) { return is_one_of(other, unless); });
    if (!said) words.emplace_back(word);
}

/// What was asked for, and then what the engine adds to it.
Words words_of(const MountConfig& mount) {
    Words words = mount.options;
    if (mount.kind == MountKind::Volume && !mount.copy) words.emplace_back("nocopy");
    add_default(words, "rw", Pair{"ro", "rw"});
    add_default(words, "rprivate", kPropagations);
    if (mount.kind != MountKind::Bind) {
        add_default(words, "nosuid", Pair{"suid", "nosuid"});
        add_default(words, "nodev", Pair{"dev", "nodev"});
    }
    if (mount.kind == MountKind::Tmpfs) add_default(words, "tmpcopyup", Pair{"tmpcopyup", "notmpcopyup"});
    else add_default(words, "rbind", Pair{"bind", "rbind"});
    return words;
}

/// Those with a source; the others stand in "Tmpfs". Volumes first.
std::vector<const MountConfig*> mounts_with_source(const libpod::ContainerConfig& config) {
    std::vector<const MountConfig*> list;
    for (const MountKind kind : {MountKind::Volume, MountKind::Bind}) {
        for (const MountConfig& mount : config.mounts) {
            if (mount.kind == kind) list.push_back(&mount);
        }
    }
    return list;
}

OrderedJson inspect_mount(const libpod::Container& container, const MountConfig& mount) {
    const bool volume = mount.kind == MountKind::Volume;
    const Words words = words_of(mount);
    std::string propagation;
    OrderedJson others = OrderedJson::array();
    for (const std::string& word : words) {
        if (is_one_of(word, kPropagations)) propagation = word;
        else if (word != "ro" && word != "rw") others.push_back(word);
    }
    OrderedJson json;
    json["Type"] = volume ? "volume" : "bind";
    if (volume) json["Name"] = mount.source;
    json["Source"] = volume ? libpod::volume_path(container.runtime(), mount.source).string() : mount.source;
    json["Destination"] = mount.destination;
    json["Driver"] = volume ? "local" : "";
    json["Mode"] = mount.relabel_shared ? "z" : mount.relabel_private ? "Z" : "";
    json["Options"] = std::move(others);
    json["RW"] = std::ranges::find(words, "ro") == words.end();
    json["Propagation"] = propagation;
    if (!mount.subpath.empty()) json["SubPath"] = mount.subpath;
    return json;
}

/// --mount type=image.
OrderedJson inspect_image_mount(const MountConfig& mount) {
    OrderedJson json{{"Type", "image"}, {"Source", mount.source}, {"Destination", mount.destination}, {"Driver", ""}, {"Mode", ""}};
    json["Options"] = nullptr;
    json["RW"] = std::ranges::find(mount.options, "rw") != mount.options.end();
    json["Propagation"] = "";
    if (!mount.subpath.empty()) json["SubPath"] = mount.subpath;
    return json;
}

}  // namespace

OrderedJson inspect_mounts(const libpod::Container& container) {
    OrderedJson volumes = OrderedJson::array(), binds = OrderedJson::array();
    for (const MountConfig* mount : mounts_with_source(container.config())) {
        (mount->kind == MountKind::Volume ? volumes : binds).push_back(inspect_mount(container, *mount));
    }
    for (const MountConfig& mount : container.config().mounts) {
        if (mount.kind == MountKind::Image) volumes.push_back(inspect_image_mount(mount));
    }
    for (OrderedJson& bind : binds) volumes.push_back(std::move(bind));
    return volumes;
}

OrderedJson inspect_binds(const libpod::ContainerConfig& config) {
    OrderedJson binds = OrderedJson::array();
    for (const MountConfig* mount : mounts_with_source(config)) {
        binds.push_back(concat(mount->source, ":", mount->destination, ":", join(words_of(*mount), ",")));
    }
    return binds;
}

OrderedJson inspect_tmpfs(const libpod::ContainerConfig& config) {
    OrderedJson mounts = OrderedJson::object();
    if (config.read_only && config.read_only_tmpfs) {
        for (const char* path : {"/run", "/tmp", "/var/tmp"}) mounts[path] = join(words_of(MountConfig{.kind = MountKind::Tmpfs}), ",");
    }
    for (const MountConfig& mount : config.mounts) {
        if (mount.kind == MountKind::Tmpfs) mounts[mount.destination] = join(words_of(mount), ",");
    }
    return mounts;
}

}  // namespace skiff::cli
