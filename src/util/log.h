#pragma once
/// Diagnostics, on standard error (and syslog with --syslog). Below src/cli nothing else prints.

#include <string>
#include <string_view>
#include <vector>

namespace skiff::log {

/// trace debug info warn error fatal panic off, as podman's --log-level. Throws Error{Invalid}.
void set_level(std::string_view level);
bool debug_enabled() noexcept;

void debug(std::string_view message);
void info(std::string_view message);
/// A failure passed over on purpose: end the message in "ignoring".
void warn(std::string_view message);
void error(std::string_view message);

/// From here on warnings are kept instead of printed: for a process without a standard error, whose parent prints them.
void keep_warnings();
/// What was kept, in order.
const std::vector<std::string>& kept_warnings() noexcept;

}  // namespace skiff::log
