#pragma once
/// Telling a service manager of one's state. Source: sd_notify(3).

#include <string>
#include <string_view>

namespace skiff {

/// One datagram to `path` ("@…" for the abstract name space). False when it did not go off.
bool send_notification(const std::string& path, std::string_view message) noexcept;

}  // namespace skiff
