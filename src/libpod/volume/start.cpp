#include "libpod/volume/start.h"

#include <algorithm>

#include "libpod/runtime.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr UnixNanos kHour = 3'600'000'000'000;

bool has_nothing(const fs::path& directory) { return list_directory(open_directory(directory).get()).empty(); }

void set_copy_state(const Runtime& runtime, const std::string& name, CopyState state) {
    runtime.db().prepare("UPDATE volume SET copy_state = ? WHERE name = ?").bind(static_cast<int>(state)).bind(name).run();
}

/// Kept in memory only: what the image has is due again whenever it is mounted.
bool forgets_content(const VolumeRow& row) {
    const auto type = row.config.options.find("type");
    return type != row.config.options.end() && (type->second == "tmpfs" || type->second == "ramfs");
}

void stamp_use(const Runtime& runtime, const VolumeRow& row) {
    const UnixNanos now = now_nanos();
    if (now - row.used_at < kHour) return;
    runtime.db().prepare("UPDATE volume SET used_at = ? WHERE name = ?").bind(now).bind(row.name).run();
}

}  // namespace

StartVolumes::StartVolumes(const Runtime& runtime, const ContainerConfig& config) : runtime_{runtime} {
    std::map<std::string, std::vector<const MountConfig*>> by_name;
    for (const auto& mount : config.mounts) {
        if (mount.kind == MountKind::Volume && !mount.source.empty()) by_name[mount.source].push_back(&mount);
    }
    for (const auto& [name, mounts] : by_name) {
        auto row = read_volume(runtime.db(), name);
        if (!row) throw Error{ErrorKind::NotFound, concat("volume ", quote(name), " is gone: no such volume"), "make it again: skiff volume create"};
        prepare_volume(std::move(*row), mounts);
    }
}

void StartVolumes::prepare_volume(VolumeRow row, const std::vector<const MountConfig*>& mounts) {
    paths_[row.name] = volume_path(runtime_, row.name);
    stamp_use(runtime_, row);
    const auto copying = std::find_if(mounts.begin(), mounts.end(), [](const MountConfig* mount) { return mount->copy && mount->subpath.empty(); });
    const bool may_copy = copying != mounts.end() && row.config.copy;
    if (!row.mounted && !row.owner_due && (row.copy == CopyState::Over || !may_copy)) return make_volume_data(runtime_, row);

    steps_.emplace_back(runtime_, row.name, "use");
    row = read_volume(runtime_.db(), row.name).value_or(row);  // as it is under the lock
    make_volume_data(runtime_, row);
    if (attach_volume(runtime_, row) && forgets_content(row)) row.copy = CopyState::Due;
    VolumeFill fill;
    fill.destination = (copying == mounts.end() ? mounts.front() : *copying)->destination;
    fill.data = paths_[row.name];
    fill.content = may_copy && begin_copy(row);
    fill.owner = row.owner_due;
    fill.is_mount = row.mounted;
    if (fill.content || fill.owner) fills_.push_back(std::move(fill));
}

/// A volume with content is nobody's to fill, unless it is this that was begun and cut short.
bool StartVolumes::begin_copy(const VolumeRow& row) {
    if (row.copy == CopyState::Over) return false;
    const bool due = row.copy == CopyState::Begun || has_nothing(paths_[row.name]);
    set_copy_state(runtime_, row.name, due ? CopyState::Begun : CopyState::Over);
    fault_point("volume:copy-begun");
    return due;
}

void StartVolumes::finish() {
    for (const auto& fill : fills_) {
        const std::string name = fill.data.parent_path().filename();
        // Another image may have something there.
        if (fill.content) set_copy_state(runtime_, name, has_nothing(fill.data) ? CopyState::Due : CopyState::Over);
        if (fill.owner) runtime_.db().prepare("UPDATE volume SET owner_due = 0 WHERE name = ?").bind(name).run();
    }
    for (auto& step : steps_) step.finish();
}

}  // namespace skiff::libpod
