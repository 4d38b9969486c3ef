#pragma once
/// A container's entries in the systemd journal, by the program journalctl(1): the journal's files have no other stable
/// interface but a library of theirs, which is not always there.

#include "oci/monitor/log_reader.h"

namespace skiff::oci::monitor {

/// As read_log() and follow_log(). Throws Error{NotFound} where there is no journalctl.
void read_journal(const LogQuery& query, const LogSink& sink);
void follow_journal(const LogQuery& query, const LogFollow& follow, const LogSink& sink);

}  // namespace skiff::oci::monitor
