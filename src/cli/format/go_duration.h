#pragma once
#include <cstdint>
#include <string>

namespace skiff::cli {

/// "1h2m3.5s", "320ms", "0s". Source: Go package time, Duration.String.
std::string go_duration(std::uint64_t nanos);

}  // namespace skiff::cli
