#pragma once
/// Parts of the runtime's command line that have files of their own.

#include <chrono>
#include <string>
#include <vector>

#include "oci/native/cli_options.h"
#include "oci/native/factory.h"

namespace skiff::oci::native {

class NotifyRelay;

/// A container or process in the foreground: forwards signals to `pid`, copies between this terminal and the
/// container's when `console_listener` is open, hands on `notifications` where there are any, reaps, and gives back the exit status.
int attend(pid_t pid, int console_listener, NotifyRelay* notifications = nullptr);

/// A listening socket at a new path below `directory`, for a terminal that this process keeps itself.
UniqueFd listen_for_console(const std::string& path);

/// The document of `features`. Source: runtime-spec, features.md.
std::string features_document();
/// An example config.json, as `spec` writes it; with `rootless`, in a user namespace whose root is the caller.
std::string example_spec(bool rootless = false);
/// Whether --format asks for JSON. Throws Error{Invalid} for other words than table and json.
bool wants_json(const Options& options);
/// What `list` prints: a table, an array of states, or (whatever the format) the IDs.
std::string list_text(const Factory& factory, bool json, bool quiet);
/// What `ps` prints: the pids, or what the host's ps(1) says of them when called with `ps_words`. Throws Error{Invalid} when ps fails.
std::string processes_text(const std::vector<pid_t>& pids, bool json, std::vector<std::string> ps_words);
/// `events`: prints figures every `interval`, and each out-of-memory kill when it happens, until the container ends.
int watch_events(const Container& container, std::chrono::milliseconds interval);

/// Figures of `events --stats`: runc's layout.
std::string stats_document(const Container& container);

}  // namespace skiff::oci::native
