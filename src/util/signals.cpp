#include "util/signals.h"

#include <cstring>

#include "util/text.h"

namespace skiff {
namespace {

constexpr int kRealTimeFirst = 34;  // glibc keeps 32 and 33; what users call RTMIN is 34
constexpr int kRealTimeLast = 64;

std::optional<int> parse_real_time(std::string_view name) {
    const bool from_max = name.starts_with("RTMAX");
    if (!from_max && !name.starts_with("RTMIN")) return std::nullopt;
    const int base = from_max ? kRealTimeLast : kRealTimeFirst;
    const std::string_view offset_text = name.substr(5);
    if (offset_text.empty()) return base;
    if (offset_text[0] != (from_max ? '-' : '+')) return std::nullopt;
    const auto offset = parse_uint(offset_text.substr(1));
    if (!offset || *offset > kRealTimeLast - kRealTimeFirst) return std::nullopt;
    return from_max ? base - static_cast<int>(*offset) : base + static_cast<int>(*offset);
}

}  // namespace

std::optional<int> parse_signal(std::string_view text) {
    if (const auto number = parse_int(text)) {
        return *number >= 1 && *number <= kRealTimeLast ? std::optional{static_cast<int>(*number)} : std::nullopt;
    }
    std::string name{text};
    for (char& c : name) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    if (name.starts_with("SIG")) name.erase(0, 3);
    if (name == "IOT") name = "ABRT";
    if (name == "CLD") name = "CHLD";
    if (const auto real_time = parse_real_time(name)) return real_time;
    for (int signal = 1; signal < 32; ++signal) {
        const char* known = ::sigabbrev_np(signal);
        if (known != nullptr && name == known) return signal;
    }
    return std::nullopt;
}

std::string signal_name(int signal) {
    if (signal >= kRealTimeFirst && signal <= kRealTimeLast) {
        return signal == kRealTimeFirst ? "SIGRTMIN" : concat("SIGRTMIN+", signal - kRealTimeFirst);
    }
    const char* known = signal > 0 && signal < 32 ? ::sigabbrev_np(signal) : nullptr;
    return known != nullptr ? concat("SIG", known) : std::to_string(signal);
}

SignalGuard::SignalGuard() noexcept {
    sigset_t held;
    ::sigemptyset(&held);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&held, signal);
    ::sigprocmask(SIG_BLOCK, &held, &before_);
}

SignalGuard::~SignalGuard() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

}  // namespace skiff
