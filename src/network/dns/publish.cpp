/// The commands' side of the responder: what it is to know, and that it is there.

#include <fcntl.h>

#include "network/dns/directory.h"
#include "network/dns/responder.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::network::dns {
namespace {

constexpr std::chrono::seconds kStartPatience{5};

bool is_held(const fs::path& directory) { return state::is_locked(directory / kServingName); }

void write_records(const fs::path& directory, const Records& records) {
    const UniqueFd dir = make_directory(directory, 0700);
    replace_file_at(dir.get(), kRecordsName, to_text(records), 0600);
}

/// Under the records' lock: a responder that ends takes it too, so it either serves on or is gone when this starts one.
void serve(const fs::path& runroot, const std::string& network_id, const fs::path& directory) {
    const UniqueFd dir = open_directory(directory);
    { const UniqueFd lock = open_at(dir.get(), kServingName, O_RDWR | O_CREAT, 0600); }
    fault_point("dns:start");
    ensure_serving(responder_process(runroot, network_id), kStartPatience);
}

/// One that runs removes the directory itself; without one there is nobody else.
void give_up(const fs::path& directory, const Records& records, state::FileLock lock) {
    if (is_held(directory)) write_records(directory, records);
    else remove_directory(directory, std::move(lock));
}

}  // namespace

void publish(const fs::path& runroot, const std::string& network_id, const std::function<Records()>& current) {
    const fs::path directory = records_directory(runroot, network_id);
    { const UniqueFd parent = make_directory(directory.parent_path(), 0700); }
    state::FileLock lock = lock_records(directory);
    const Records records = current();
    fault_point("dns:publish");
    if (records.members.empty()) {
        give_up(directory, records, std::move(lock));
        return;
    }
    write_records(directory, records);
    fault_point("dns:written");
    in_context(concat("serving names on network ", quote(records.network)), [&] { serve(runroot, network_id, directory); });
}

bool ensure_responder(const fs::path& runroot, const std::string& network_id) {
    const fs::path directory = records_directory(runroot, network_id);
    if (!has_members(directory)) return false;
    const state::FileLock lock = lock_records(directory);
    if (!has_members(directory)) return false;
    serve(runroot, network_id, directory);
    return true;
}

LoneProcess responder_process(const fs::path& runroot, const std::string& network_id) {
    const fs::path directory = fs::absolute(records_directory(runroot, network_id));
    return {directory / kServingName, {std::string{kResponderCommand}, directory.native()}};
}

std::uint16_t responder_port(const fs::path& runroot, const std::string& network_id) {
    const fs::path directory = records_directory(runroot, network_id);
    if (!is_held(directory)) return 0;
    const auto text = read_file_if_exists_at(AT_FDCWD, directory / kPortName, 16);
    return text ? static_cast<std::uint16_t>(parse_uint(trim(*text)).value_or(53)) : std::uint16_t{53};
}

}  // namespace skiff::network::dns
