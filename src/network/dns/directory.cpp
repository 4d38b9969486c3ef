#include "network/dns/directory.h"

#include <fcntl.h>

#include "util/error.h"
#include "util/files.h"

namespace skiff::network::dns {

state::FileLock lock_records(const fs::path& directory) {
    fs::path lock = directory;
    lock += ".lock";
    return state::FileLock::exclusive_blocking(lock);
}

std::optional<Records> read_records(const fs::path& directory) {
    const auto text = read_file_if_exists_at(AT_FDCWD, directory / kRecordsName, kMaxRecordsBytes);
    return text ? std::optional{parse_records(*text)} : std::nullopt;
}

bool has_members(const fs::path& directory) {
    const auto records = read_records(directory);
    return records && !records->members.empty();
}

void remove_directory(const fs::path& directory, state::FileLock lock) {
    const UniqueFd parent = open_directory(directory.parent_path());
    remove_tree_at(parent.get(), directory.filename());
    lock.unlink_and_release();
}

}  // namespace skiff::network::dns
