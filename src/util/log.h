#pragma once
/// Diagnostics, on standard error (and syslog with --syslog). Below src/cli nothing else prints.

#include <string_view>

namespace skiff::log {

/// trace debug info warn error fatal panic off, as podman's --log-level. Throws Error{Invalid}.
void set_level(std::string_view level);
bool debug_enabled() noexcept;

void debug(std::string_view message);
void info(std::string_view message);
/// A failure passed over on purpose: end the message in "ignoring".
void warn(std::string_view message);
void error(std::string_view message);

}  // namespace skiff::log
