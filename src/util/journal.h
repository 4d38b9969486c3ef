#pragma once
/// The systemd journal's own socket protocol, so that no library is needed.
/// Source: systemd, "Native Journal Protocol" (JOURNAL_NATIVE_PROTOCOL.md).

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/fd.h"

namespace skiff {

/// Field names are upper-case letters, digits and underscores; values are any bytes.
using JournalFields = std::vector<std::pair<std::string_view, std::string>>;

/// The datagram's bytes.
std::string journal_entry(const JournalFields& fields);
/// Whether somebody takes entries here.
bool journal_is_there() noexcept;
/// One entry. False when nobody listens at /run/systemd/journal/socket, or the journal does not keep up.
bool send_to_journal(const JournalFields& fields) noexcept;
/// The same through a socket that is kept; waits up to `patience_ms` where the journal does not keep up.
bool send_to_journal(int socket, const JournalFields& fields, int patience_ms) noexcept;
/// Empty where no socket can be had.
UniqueFd open_journal_socket() noexcept;

}  // namespace skiff
