#include "libpod/volume/step.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "libpod/runtime.h"
#include "state/intent.h"
#include "storage/staging.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr std::chrono::seconds kVolumeTimeout{60};
constexpr std::chrono::milliseconds kVolumePause{5};
constexpr const char* kVolumeKind = "volume";

bool is_named(int fd, const fs::path& path) {
    struct stat held {};
    struct stat named {};
    return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/// Empty when somebody has it. The directory is made when it is missing: an intent says so already.
UniqueFd try_lock_volume(const Runtime& runtime, const std::string& name) {
    const fs::path path = volume_directory(runtime, name);
    for (;;) {
        const UniqueFd all = make_directory(path.parent_path(), 0700);
        UniqueFd fd = make_directory_at(all.get(), name, 0700);
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return {};
        if (is_named(fd.get(), path)) return fd;
    }
}

std::string holder_of(const Runtime& runtime, const std::string& name, std::int64_t own_intent) {
    for (const auto& intent : state::intents_of(runtime.db(), kVolumeKind, name)) {
        if (intent.seq != own_intent) return concat(", held by process ", intent.owner.pid, " (", intent.command, ")");
    }
    return {};
}

UniqueFd lock_volume(const Runtime& runtime, const std::string& name, std::int64_t own_intent) {
    const auto deadline = std::chrono::steady_clock::now() + kVolumeTimeout;
    do {
        if (UniqueFd lock = try_lock_volume(runtime, name)) return lock;
        std::this_thread::sleep_for(kVolumePause);
    } while (std::chrono::steady_clock::now() < deadline);
    throw Error{ErrorKind::Timeout, concat("waited ", kVolumeTimeout.count(), " s for volume ", quote(name), holder_of(runtime, name, own_intent))};
}

bool is_volume_used(const Runtime& runtime, const VolumeRow& row) {
    if (row.mount_count > 0) return true;
    auto query = runtime.db().prepare(
        "SELECT 1 FROM volume_use u JOIN container_state s ON s.id = u.container_id WHERE u.volume = ? AND "
        "s.state IN ('created', 'running', 'paused', 'stopping') LIMIT 1");
    query.bind(row.name);
    return query.step();
}

void bury_directory(const Runtime& runtime, const std::string& name) {
    detach_volume(runtime, name, /*detach=*/true);
    const storage::StagingEntry grave{runtime.options().root, "discard"};
    const UniqueFd all = open_directory(volume_directory(runtime, name).parent_path());
    if (::renameat(all.get(), name.c_str(), grave.fd(), "volume") != 0 && errno != ENOENT) {
        throw SystemError{errno, concat("removing the directory of volume ", quote(name))};
    }
    fault_point("volume:buried");
}

/// Of an earlier boot, or of a `volume mount` that died before it mounted: nobody was told of it.
void forget_mounts(const Runtime& runtime, const std::string& name) {
    runtime.db().prepare("UPDATE volume SET mount_count = 0 WHERE name = ?").bind(name).run();
}

/// The caller holds the lock.
void put_right(const Runtime& runtime, const std::string& name) {
    const auto row = read_volume(runtime.db(), name);
    if (!row) return bury_directory(runtime, name);
    make_volume_data(runtime, *row);
    if (!row->mounted) return;
    const bool is_there = has_mount(volume_path(runtime, name));
    if (!is_there && row->mount_count > 0) forget_mounts(runtime, name);
    if (is_there && !is_volume_used(runtime, *row)) detach_volume(runtime, name, /*detach=*/true);
}

void end_volume_intent(const Runtime& runtime, std::int64_t intent) {
    state::Transaction transaction{runtime.db()};
    state::finish_intent(runtime.db(), intent);
    transaction.commit();
}

std::vector<std::string> names_in(state::Statement& query) {
    std::vector<std::string> names;
    while (query.step()) names.push_back(query.text(0));
    return names;
}

}  // namespace

fs::path volume_directory(const Runtime& runtime, const std::string& name) { return runtime.options().root / "volumes" / name; }

fs::path volume_path(const Runtime& runtime, const std::string& name) { return volume_directory(runtime, name) / "_data"; }

VolumeStep::VolumeStep(const Runtime& runtime, std::string name, std::string_view step) : runtime_{&runtime}, name_{std::move(name)} {
    {
        state::Transaction transaction{runtime.db()};
        intent_ = state::begin_intent(runtime.db(), kVolumeKind, name_, step);
        transaction.commit();
    }
    fault_point("intent:volume");
    try {
        lock_ = lock_volume(runtime, name_, intent_);
    } catch (const Error&) {
        end_volume_intent(runtime, intent_);
        throw;
    }
}

VolumeStep::VolumeStep(VolumeStep&& other) noexcept
    : runtime_{other.runtime_}, name_{std::move(other.name_)}, intent_{std::exchange(other.intent_, 0)}, lock_{std::move(other.lock_)} {}

VolumeStep::~VolumeStep() {
    try {
        close();
    } catch (const std::exception& error) {
        log::warn(concat("tidying up volume ", name_, ": ", error.what(), ", ignoring"));
    }
}

void VolumeStep::close() {
    if (intent_ == 0) return;
    put_right(*runtime_, name_);
    end_volume_intent(*runtime_, intent_);
    intent_ = 0;
    lock_.reset();
}

void VolumeStep::finish() {
    state::finish_intent(runtime_->db(), intent_);
    intent_ = 0;
}

void repair_volume(const Runtime& runtime, const state::IntentRow& intent) {
    const UniqueFd lock = try_lock_volume(runtime, intent.object_id);
    if (!lock) return;  // whoever has it puts it right
    put_right(runtime, intent.object_id);
    end_volume_intent(runtime, intent.seq);
}

namespace {

/// Asked first: most containers have none, and compiling the statements that follow takes longer than any of them.
bool uses_volumes(const state::Database& db, const std::string& container_id) {
    auto query = db.prepare("SELECT 1 FROM volume_use WHERE container_id = ? LIMIT 1");
    return query.bind(container_id).step();
}

}  // namespace

std::vector<std::string> volumes_to_release(const Runtime& runtime, const std::string& container_id) {
    if (!uses_volumes(runtime.db(), container_id)) return {};
    auto query = runtime.db().prepare("SELECT v.name FROM volume_use u JOIN volume v ON v.name = u.volume WHERE u.container_id = ? AND v.mounted <> 0");
    query.bind(container_id);
    auto names = names_in(query);
    state::begin_intents(runtime.db(), kVolumeKind, names, "release");
    return names;
}

std::vector<std::string> part_from_volumes(const Runtime& runtime, const std::string& container_id, bool anonymous) {
    const auto& db = runtime.db();
    if (!uses_volumes(db, container_id)) return {};
    auto names = volumes_to_release(runtime, container_id);
    std::vector<std::string> doomed;
    if (anonymous) {
        auto query = db.prepare(
            "SELECT v.name FROM volume_use u JOIN volume v ON v.name = u.volume WHERE u.container_id = ?1 AND v.anonymous <> 0 AND v.mount_count = 0 "
            "AND NOT EXISTS (SELECT 1 FROM volume_use o WHERE o.volume = v.name AND o.container_id <> ?1)");
        query.bind(container_id);
        doomed = names_in(query);
    }
    db.prepare("DELETE FROM volume_use WHERE container_id = ?").bind(container_id).run();
    auto removal = db.prepare("DELETE FROM volume WHERE name = ?");
    for (const auto& name : doomed) removal.bind(name).run();
    state::begin_intents(db, kVolumeKind, doomed, "remove");
    names.insert(names.end(), doomed.begin(), doomed.end());
    return names;
}

void settle_volumes(const Runtime& runtime, std::span<const std::string> names) {
    for (const auto& name : names) {
        try {
            const UniqueFd lock = lock_volume(runtime, name, 0);
            put_right(runtime, name);
            state::Transaction transaction{runtime.db()};
            auto removal = runtime.db().prepare("DELETE FROM intent WHERE object_kind = 'volume' AND object_id = ? AND owner_pid = ? AND step IN ('release', 'remove')");
            removal.bind(name).bind(static_cast<std::int64_t>(::getpid())).run();
            transaction.commit();
        } catch (const Error& error) {
            log::warn(concat("tidying up volume ", name, ": ", error.what(), ", ignoring"));
        }
    }
}

}  // namespace skiff::libpod
