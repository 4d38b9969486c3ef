#pragma once
/// A step on one volume: intent, lock, and the repair that is also how every step ends. Internal to libpod.
///
/// The lock is an flock on the directory ROOT/volumes/<name>: it goes with the directory, and leaves nothing behind. Order:
/// after the locks of containers; several volumes by name.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libpod/volume/volume.h"
#include "util/fd.h"

namespace skiff::state {
struct IntentRow;
}

namespace skiff::libpod {

/// Begins with a committed intent, and holds the volume's lock. However it is left, directory and mount are made what the
/// row says then: a volume without a row loses its directory, one with a row has it, and what nobody uses is not mounted.
class [[nodiscard]] VolumeStep {
public:
    /// Throws Error{Timeout} naming who holds the lock.
    VolumeStep(const Runtime& runtime, std::string name, std::string_view step);
    VolumeStep(VolumeStep&& other) noexcept;
    VolumeStep& operator=(VolumeStep&&) = delete;
    ~VolumeStep();

    const std::string& name() const noexcept { return name_; }
    /// Puts things right and ends the intent: what the destructor does, but failures are thrown.
    void close();
    /// Ends the intent within the caller's transaction, when the world is as the row says already.
    void finish();

private:
    const Runtime* runtime_;
    std::string name_;
    std::int64_t intent_ = 0;
    UniqueFd lock_;
};

/// ROOT/volumes/<name>.
fs::path volume_directory(const Runtime& runtime, const std::string& name);
/// _data, made with owner and limits when it is missing; idempotent.
void make_volume_data(const Runtime& runtime, const VolumeRow& row);
/// Mounts _data unless it is mounted. Throws what the mount says. True when it was not.
bool attach_volume(const Runtime& runtime, const VolumeRow& row);
/// Takes the mount from _data. Absence is fine. Throws Error{InUse} unless `detach`.
void detach_volume(const Runtime& runtime, const std::string& name, bool detach);
/// True when something is mounted on the directory `path` (not merely on another device than its parent).
bool has_mount(const fs::path& path);

/// What a dead process left of a volume; nothing when somebody works on it.
void repair_volume(const Runtime& runtime, const state::IntentRow& intent);

/// Within the caller's transaction, before a container's rows go: its anonymous volumes that nobody else uses lose their rows
/// (with `anonymous`), and intents tell of them and of those that may be mounted for it. Gives back the names for settle_volumes().
std::vector<std::string> part_from_volumes(const Runtime& runtime, const std::string& container_id, bool anonymous);
/// Within the transaction that records a container's end: those of its volumes that may be mounted for it.
std::vector<std::string> volumes_to_release(const Runtime& runtime, const std::string& container_id);
/// After that: directories and mounts are put right, intents end. A failure is a warning; the next command repairs.
void settle_volumes(const Runtime& runtime, std::span<const std::string> names);

}  // namespace skiff::libpod
