#include "libpod/volume/of_container.h"

#include <algorithm>

#include "image/image_store.h"
#include "libpod/container.h"
#include "libpod/parse/refuse.h"
#include "libpod/parse/volume_options.h"
#include "libpod/runtime.h"
#include "libpod/volume/step.h"
#include "util/error.h"
#include "util/log.h"
#include "util/random.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr std::string_view kFromFlag = "--volumes-from";
constexpr std::string_view kFromGrammar = "CONTAINER[:ro,rw,z]";

struct From {
    std::string container;
    std::string access;  ///< "ro", "rw" or empty: as in the container
    bool shared_label = false;
};

From parse_from(const std::string& text) {
    From from;
    const auto parts = split_once(text, ':');
    from.container = parts ? parts->first : text;
    if (!parts) return from;
    for (const auto& word : split(parts->second, ',')) {
        if (word == "z") from.shared_label = true;
        else if (word != "ro" && word != "rw") refuse(kFromFlag, text, concat("unknown option ", quote(word)), kFromGrammar);
        else if (!from.access.empty()) refuse(kFromFlag, text, "ro and rw exclude each other", kFromGrammar);
        else from.access = word;
    }
    return from;
}

bool is_shared(const MountConfig& mount) {
    return mount.kind == MountKind::Bind || mount.kind == MountKind::Image || (mount.kind == MountKind::Volume && !mount.source.empty());
}

MountConfig taken_over(MountConfig mount, const From& from) {
    mount.from_image = false;
    mount.relabel_shared = mount.relabel_shared || from.shared_label;
    if (from.access.empty()) return mount;
    std::erase_if(mount.options, [](const auto& word) { return word == "ro" || word == "rw"; });
    mount.options.push_back(from.access);
    return mount;
}

void insert_use(const Runtime& runtime, const std::string& container_id, const MountConfig& mount) {
    const auto& db = runtime.db();
    const auto known = read_volume(db, mount.source);
    if (!known && !mount.anonymous) throw Error{ErrorKind::NotFound, concat("volume ", quote(mount.source), " was removed: no such volume"), "try again"};
    if (!known) {
        VolumeRow row;
        row.name = mount.source;
        row.anonymous = true;
        row.created_at = row.used_at = now_nanos();
        insert_volume(db, row);
    }
    db.prepare("INSERT OR IGNORE INTO volume_use (container_id, volume) VALUES (?, ?)").bind(container_id).bind(mount.source).run();
}

void insert_image_mount(const Runtime& runtime, const std::string& container_id, const MountConfig& mount) {
    const std::string image = in_context(concat("mounting an image on ", quote(mount.destination)), [&] { return runtime.images().find(mount.source).id; });
    auto insertion = runtime.db().prepare("INSERT INTO image_mount (container_id, destination, image_id) VALUES (?, ?, ?)");
    insertion.bind(container_id).bind(mount.destination).bind(image).run();
}

}  // namespace

void add_volumes_from(const Runtime& runtime, CreateOptions& options) {
    std::map<std::string, MountConfig> taken;
    for (const auto& text : options.volumes_from) {
        const From from = parse_from(text);
        const Container source = runtime.find(from.container);
        for (const auto& mount : source.config().mounts) {
            if (is_shared(mount)) taken[mount.destination] = taken_over(mount, from);
        }
    }
    for (const auto& mount : options.mounts) taken.erase(mount.destination);
    for (auto& [destination, mount] : taken) options.mounts.push_back(std::move(mount));
}

std::vector<std::string> provide_volumes(Runtime& runtime, ContainerConfig& config) {
    std::vector<std::string> made;
    for (auto& mount : config.mounts) {
        if (mount.kind != MountKind::Volume) continue;
        auto driver_options = take_volume_options(mount);
        if (mount.source.empty()) {
            mount.source = random_id();
            mount.anonymous = true;
        }
        if (mount.anonymous || read_volume(runtime.db(), mount.source)) continue;
        VolumeRequest request;
        request.name = mount.source;
        request.ignore = true;
        request.options = std::move(driver_options);
        create_volume(runtime, request);
        made.push_back(mount.source);
    }
    return made;
}

void remove_new_volumes(Runtime& runtime, const std::vector<std::string>& names) noexcept {
    for (const auto& name : names) {
        try {
            remove_volume(runtime, name, /*force=*/false);
        } catch (const Error& error) {
            log::debug(concat("removing volume ", name, ": ", error.what(), ", ignoring"));  // somebody else uses it by now
        }
    }
}

void record_mounts(const Runtime& runtime, const ContainerConfig& config) {
    for (const auto& mount : config.mounts) {
        if (mount.kind == MountKind::Volume) insert_use(runtime, config.id, mount);
        if (mount.kind == MountKind::Image) insert_image_mount(runtime, config.id, mount);
    }
}

void make_anonymous_volumes(const Runtime& runtime, const ContainerConfig& config) {
    for (const auto& mount : config.mounts) {
        if (mount.kind != MountKind::Volume || !mount.anonymous) continue;
        if (const auto row = read_volume(runtime.db(), mount.source)) make_volume_data(runtime, *row);
    }
}

}  // namespace skiff::libpod
