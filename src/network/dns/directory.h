#pragma once
/// RUNROOT/dns/<network ID>: what lies there, and who may take it away.

#include <optional>

#include "network/dns/records.h"
#include "state/file_lock.h"

namespace skiff::network::dns {

constexpr const char* kRecordsName = "records";
constexpr const char* kServingName = "serving";  ///< the responder's lock (util/lone_process.h)
constexpr const char* kPortName = "port";        ///< where it listens, when not at 53

/// RUNROOT/dns/<network ID>.lock: held by writers of the records, and by a responder that is about to end.
state::FileLock lock_records(const fs::path& directory);

/// nullopt when there are none. Throws Error{Corrupt}.
std::optional<Records> read_records(const fs::path& directory);
bool has_members(const fs::path& directory);

/// Everything, the lock file included. Caller: holds the lock.
void remove_directory(const fs::path& directory, state::FileLock lock);

}  // namespace skiff::network::dns
