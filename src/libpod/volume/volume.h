#pragma once
/// Volumes: what containers share and what outlives them. ROOT/volumes/<name>/_data, of the host's file system, or mounted
/// there while somebody uses it (options type and device, driver image).
///
/// The row is the truth: every operation changes it first and then puts directory and mount right (volume/step.h).
/// Source: podman-volume-create(1) and its sisters.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/clock.h"

namespace skiff::state {
class Database;
}

namespace skiff::libpod {

namespace fs = std::filesystem;
class Runtime;
struct ContainerConfig;

/// What a volume was made with: column volume.config.
struct VolumeConfig {
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> options;  ///< as `inspect` shows them: type, device, o, SIZE, INODES, UID, GID …
    std::optional<uid_t> uid, gid;               ///< of _data
    std::uint64_t size_bytes = 0, inodes = 0;    ///< project quota; 0: none
    std::uint32_t project = 0;                   ///< the quota's project ID; 0: no quota
    bool copy = true;                            ///< may be filled from an image
};

enum class CopyState { Due = 0, Begun = 1, Over = 2 };

struct VolumeRow {
    std::string name;
    std::string driver = "local";
    std::string image_id;        ///< driver image
    bool anonymous = false;
    bool mounted = false;        ///< _data is a mount while it is used
    VolumeConfig config;
    UnixNanos created_at = 0, used_at = 0;
    CopyState copy = CopyState::Due;
    bool owner_due = true;
    int mount_count = 0;         ///< of `volume mount`
};

struct VolumeRequest {
    std::string name;            ///< empty: a random one
    std::string driver = "local";
    std::map<std::string, std::string> labels;
    std::vector<std::pair<std::string, std::string>> options;  ///< -o KEY=VALUE
    std::optional<uid_t> uid, gid;
    bool ignore = false;         ///< one that exists is no failure
};

/// Throws Error{Invalid} for a name or option that is wrong, {Unsupported} for a driver or limit that this host lacks, {Exists}.
VolumeRow create_volume(Runtime& runtime, const VolumeRequest& request);
/// By name, or by the beginning of one name only. Throws Error{NotFound} or {Ambiguous}.
VolumeRow find_volume(const Runtime& runtime, std::string_view name);
/// Throws Error{InUse} naming the containers that use it, or when `volume mount` holds it and `force` is not set.
void remove_volume(Runtime& runtime, const std::string& name, bool force);

/// The directory that containers see.
fs::path volume_path(const Runtime& runtime, const std::string& name);
/// For `volume mount`: where its content is, mounted if it has to be, and counted. Throws Error{NotFound}.
fs::path mount_volume(Runtime& runtime, const std::string& name);
/// Counts one less. Throws Error{InUse} when the last one cannot be unmounted.
void unmount_volume(Runtime& runtime, const std::string& name);

// rows.cpp
std::optional<VolumeRow> read_volume(const state::Database& db, std::string_view name);
/// By name.
std::vector<VolumeRow> read_all_volumes(const state::Database& db);
/// IDs of the containers that have it, oldest first.
std::vector<std::string> users_of_volume(const state::Database& db, std::string_view name);
/// Number of containers by volume, of those that have any.
std::map<std::string, int> volume_user_counts(const state::Database& db);
void insert_volume(const state::Database& db, const VolumeRow& row);

}  // namespace skiff::libpod
