#include "cli/format/go_duration.h"

#include "util/text.h"

namespace skiff::cli {
namespace {

/// Trailing zeros of a fraction say nothing.
std::string decimal(std::uint64_t value, std::uint64_t unit) {
    std::string fraction = std::to_string(unit + value % unit).substr(1);
    while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
    return fraction.empty() ? std::to_string(value / unit) : concat(value / unit, ".", fraction);
}

}  // namespace

std::string go_duration(std::uint64_t nanos) {
    constexpr std::uint64_t kMicro = 1000, kMilli = 1'000'000, kSecond = 1'000'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute;
    if (nanos == 0) return "0s";
    if (nanos < kMicro) return concat(nanos, "ns");
    if (nanos < kMilli) return concat(decimal(nanos, kMicro), "\u00b5s");
    if (nanos < kSecond) return concat(decimal(nanos, kMilli), "ms");
    const std::string seconds = concat(decimal(nanos % kMinute, kSecond), "s");
    if (nanos < kMinute) return seconds;
    const std::string minutes = concat(nanos % kHour / kMinute, "m", seconds);
    return nanos < kHour ? minutes : concat(nanos / kHour, "h", minutes);
}

}  // namespace skiff::cli
