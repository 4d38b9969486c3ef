#include "libpod/volume/volume.h"

#include "image/image_store.h"
#include "libpod/parse/values.h"
#include "libpod/runtime.h"
#include "libpod/volume/quota.h"
#include "libpod/volume/request.h"
#include "libpod/volume/step.h"
#include "state/database.h"
#include "state/event.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/random.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr std::int64_t kFirstProject = 0x534b4946;  // far from the projects that people number by hand

Error no_such_volume(std::string_view name) { return {ErrorKind::NotFound, concat("no volume with name ", quote(name), " found: no such volume")}; }

bool wants_quota(const VolumeRow& row) { return row.config.size_bytes != 0 || row.config.inodes != 0; }

std::uint32_t free_project(const state::Database& db) {
    auto query = db.prepare("SELECT coalesce(max(config ->> '$.project') + 1, ?) FROM volume");
    query.bind(kFirstProject);
    query.step();
    return static_cast<std::uint32_t>(query.integer(0));
}

void require_quota(const Runtime& runtime) {
    const UniqueFd directory = make_directory(runtime.options().root / "volumes", 0700);
    require_project_quota(directory.get());
}

void record_volume(const Runtime& runtime, VolumeRow& row) {
    state::Transaction transaction{runtime.db()};
    if (wants_quota(row)) row.config.project = free_project(runtime.db());
    if (!row.image_id.empty()) image::require_image(runtime.db(), row.image_id);
    insert_volume(runtime.db(), row);
    state::record_event(runtime.db(), "volume", "create", row.name, row.name);
    transaction.commit();
    fault_point("volume:recorded");
}

/// Within a transaction.
void require_unused_volume(const Runtime& runtime, const VolumeRow& row, bool force) {
    const auto users = users_of_volume(runtime.db(), row.name);
    if (!users.empty()) {
        throw Error{ErrorKind::InUse, concat("volume ", row.name, " is being used by the following container(s): ", join(users, ", "), ": volume is being used"),
                    "remove the containers first, or use --force"};
    }
    if (row.mount_count > 0 && !force) throw Error{ErrorKind::InUse, concat("volume ", row.name, " is mounted: volume is being used"), "skiff volume unmount"};
}

void count_mounts(const Runtime& runtime, const std::string& name, int count, VolumeStep& step) {
    state::Transaction transaction{runtime.db()};
    runtime.db().prepare("UPDATE volume SET mount_count = ? WHERE name = ?").bind(count).bind(name).run();
    step.finish();
    transaction.commit();
}

VolumeRow required_volume(const Runtime& runtime, const std::string& name) {
    auto row = read_volume(runtime.db(), name);
    if (!row) throw no_such_volume(name);
    return std::move(*row);
}

}  // namespace

VolumeRow create_volume(Runtime& runtime, const VolumeRequest& request) {
    VolumeRow row = row_of_request(runtime, request);
    if (row.name.empty()) row.name = random_id();
    else check_name("volume", row.name);
    const auto global = runtime.step_lock();
    if (wants_quota(row)) require_quota(runtime);
    row.created_at = row.used_at = now_nanos();
    VolumeStep step{runtime, row.name, "create"};
    if (auto found = read_volume(runtime.db(), row.name)) {
        if (request.ignore) return std::move(*found);
        throw Error{ErrorKind::Exists, concat("volume with name ", row.name, " already exists: volume already exists")};
    }
    record_volume(runtime, row);
    try {
        step.close();
    } catch (const Error&) {
        runtime.db().prepare("DELETE FROM volume WHERE name = ?").bind(row.name).run();
        throw;
    }
    return row;
}

VolumeRow find_volume(const Runtime& runtime, std::string_view name) {
    if (auto row = read_volume(runtime.db(), name)) return std::move(*row);
    auto query = runtime.db().prepare("SELECT name FROM volume WHERE substr(name, 1, length(?1)) = ?1 AND ?1 <> '' LIMIT 2");
    query.bind(name);
    if (!query.step()) throw no_such_volume(name);
    const std::string found = query.text(0);
    if (query.step()) {
        throw Error{ErrorKind::Ambiguous, concat("more than one result for volume name ", quote(name), ": ", found, ", ", query.text(0), ", …"), "give the whole name"};
    }
    return required_volume(runtime, found);
}

void remove_volume(Runtime& runtime, const std::string& name, bool force) {
    const auto global = runtime.step_lock();
    VolumeStep step{runtime, name, "remove"};
    {
        state::Transaction transaction{runtime.db()};
        require_unused_volume(runtime, required_volume(runtime, name), force);
        runtime.db().prepare("DELETE FROM volume WHERE name = ?").bind(name).run();
        state::record_event(runtime.db(), "volume", "remove", name, name);
        transaction.commit();
    }
    fault_point("volume:deleted");
    runtime.db().sync();  // a row that came back after a power cut would have lost its content
    step.close();
}

fs::path mount_volume(Runtime& runtime, const std::string& name) {
    const auto global = runtime.step_lock();
    VolumeStep step{runtime, name, "mount"};
    const VolumeRow row = required_volume(runtime, name);
    make_volume_data(runtime, row);
    const bool fresh = attach_volume(runtime, row);
    if (row.mounted) count_mounts(runtime, name, (fresh ? 0 : row.mount_count) + 1, step);
    return volume_path(runtime, name);
}

void unmount_volume(Runtime& runtime, const std::string& name) {
    const auto global = runtime.step_lock();
    VolumeStep step{runtime, name, "unmount"};
    const VolumeRow row = required_volume(runtime, name);
    if (!row.mounted || row.mount_count == 0) return;
    {
        state::Transaction transaction{runtime.db()};
        runtime.db().prepare("UPDATE volume SET mount_count = mount_count - 1 WHERE name = ?").bind(name).run();
        transaction.commit();
    }
    fault_point("volume:unmounting");
    step.close();
}

}  // namespace skiff::libpod
