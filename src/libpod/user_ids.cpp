#include "libpod/user_ids.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>

#include "libpod/container_root.h"
#include "libpod/runtime.h"
#include "util/digest.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr const char* kAutomaticUser = "containers";
constexpr std::uint32_t kLeastIds = 1024;
constexpr std::uint32_t kNobody = 65534;
constexpr std::size_t kLargestFile = 1U << 20;

std::vector<IdRange> ranges_of(const char* file, const std::string& name) {
    auto ranges = parse_subid(read_file_if_exists_at(AT_FDCWD, file, kLargestFile).value_or(std::string{}), name);
    if (ranges.empty()) throw Error{ErrorKind::NotFound, concat(file, " has no line of ", quote(name)), "add one: NAME:FIRST:COUNT"};
    return ranges;
}

/// The ranges one behind the other, from container ID 0 on.
std::vector<IdMapping> mapping_of(const std::vector<IdRange>& ranges) {
    std::vector<IdMapping> map;
    std::uint32_t next = 0;
    for (const auto& range : ranges) {
        map.push_back({next, range.first, range.count});
        next += range.count;
    }
    return map;
}

/// What all containers have, whichever way they got it.
std::vector<IdRange> taken_ids(const Runtime& runtime, std::vector<IdMapping> ContainerConfig::*map) {
    std::vector<IdRange> taken;
    auto rows = runtime.db().prepare("SELECT config FROM container WHERE json_extract(config, '$.uid_map') IS NOT NULL");
    while (rows.step()) {
        const ContainerConfig config = read_config(rows.text(0));
        for (const auto& line : config.*map) taken.push_back({line.host_id, line.count});
    }
    return taken;
}

/// The highest ID in the third field of a passwd or group file of the image.
std::uint32_t highest_id(int root, const char* file) {
    std::uint32_t highest = 0;
    const auto text = read_regular_in_root(root, file, kLargestFile).value_or(std::string{});
    for (const auto& line : split(text, '\n')) {
        const auto fields = split(line, ':');
        const auto id = fields.size() > 2 ? parse_uint(fields[2]) : std::nullopt;
        if (id && *id < kNobody) highest = std::max(highest, static_cast<std::uint32_t>(*id));
    }
    return highest;
}

std::uint32_t needed_ids(const Runtime& runtime, const ContainerConfig& config) {
    if (config.rootfs.empty() && config.top_layer.empty()) return kLeastIds;
    const UniqueFd root = config.rootfs.empty() ? open_image_root(runtime, Digest::parse(config.top_layer)) : open_directory(config.rootfs);
    const auto of_user = parse_uint(config.user.substr(0, config.user.find(':'))).value_or(0);
    const auto highest = std::max({highest_id(root.get(), "/etc/passwd"), highest_id(root.get(), "/etc/group"), static_cast<std::uint32_t>(std::min<std::uint64_t>(of_user, kNobody))});
    return std::max(kLeastIds, highest + 1);
}

std::vector<IdMapping> automatic_map(const char* file, const std::vector<IdRange>& taken, std::uint32_t size) {
    const auto found = free_ids(ranges_of(file, kAutomaticUser), taken, size);
    if (!found) throw Error{ErrorKind::InUse, concat("--userns auto: ", file, " has no ", size, " IDs in a row left for ", quote(kAutomaticUser)), "remove containers, or give it more"};
    return {{0, *found, size}};
}

UniqueFd lock_of_ids(const Runtime& runtime) {
    UniqueFd root = open_directory(runtime.options().root);
    while (::flock(root.get(), LOCK_EX) != 0) {
        if (errno != EINTR) throw SystemError{errno, "waiting for another choice of IDs"};
    }
    return root;
}

}  // namespace

std::vector<IdRange> parse_subid(std::string_view text, std::string_view name) {
    std::vector<IdRange> ranges;
    for (const auto& line : split(text, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() != 3 || fields[0] != name) continue;
        const auto first = parse_uint(fields[1]);
        const auto count = parse_uint(trim(fields[2]));
        const bool fits = first && count && *count > 0 && *first + *count <= 0xFFFFFFFFU;
        if (fits) ranges.push_back({static_cast<std::uint32_t>(*first), static_cast<std::uint32_t>(*count)});
    }
    return ranges;
}

std::optional<std::uint32_t> free_ids(const std::vector<IdRange>& pool, const std::vector<IdRange>& taken, std::uint32_t size) {
    for (const auto& range : pool) {
        const std::uint64_t end = std::uint64_t{range.first} + range.count;
        for (std::uint64_t at = range.first; at + size <= end;) {
            const auto clash = std::find_if(taken.begin(), taken.end(), [&](const IdRange& other) {
                return at < std::uint64_t{other.first} + other.count && other.first < at + size;
            });
            if (clash == taken.end()) return static_cast<std::uint32_t>(at);
            at = std::uint64_t{clash->first} + clash->count;
        }
    }
    return std::nullopt;
}

UniqueFd choose_user_ids(const Runtime& runtime, const IdChoice& choice, ContainerConfig& config) {
    if (!choice.any()) return {};
    if (!choice.automatic) {
        config.uid_map = mapping_of(ranges_of("/etc/subuid", choice.subuid_name));
        config.gid_map = mapping_of(ranges_of("/etc/subgid", choice.subgid_name));
        return {};
    }
    UniqueFd lock = lock_of_ids(runtime);
    const auto size = choice.size == 0 ? needed_ids(runtime, config) : choice.size;
    config.uid_map = automatic_map("/etc/subuid", taken_ids(runtime, &ContainerConfig::uid_map), size);
    config.gid_map = automatic_map("/etc/subgid", taken_ids(runtime, &ContainerConfig::gid_map), size);
    return lock;
}

}  // namespace skiff::libpod
