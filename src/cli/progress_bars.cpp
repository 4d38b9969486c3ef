#include "cli/progress_bars.h"

#include <algorithm>

#include "util/text.h"

namespace skiff::cli {
namespace {

constexpr std::size_t kDigestColumns = 19;
constexpr std::size_t kBarColumns = 24;

std::string bar_of(const image::BlobProgress& progress) {
    const auto share = progress.size_bytes == 0 ? 1.0 : static_cast<double>(progress.have_bytes) / static_cast<double>(progress.size_bytes);
    std::string bar(static_cast<std::size_t>(std::min(share, 1.0) * kBarColumns), '=');
    if (bar.size() < kBarColumns) bar.push_back('>');
    bar.resize(kBarColumns, ' ');
    return bar;
}

std::string time_left(const image::BlobProgress& progress, double bytes_per_second) {
    const auto seconds = static_cast<std::uint64_t>(static_cast<double>(progress.size_bytes - std::min(progress.have_bytes, progress.size_bytes)) / bytes_per_second);
    return seconds < 60 ? concat(seconds, "s") : concat(seconds / 60, "m", seconds % 60, "s");
}

std::string size_text(std::uint64_t bytes) { return human_size(static_cast<std::int64_t>(bytes)); }

}  // namespace

std::string bar_text(const image::BlobProgress& progress, double bytes_per_second, std::size_t columns) {
    auto text = concat("Copying blob ", progress.digest.substr(0, kDigestColumns), " [", bar_of(progress), "] ", size_text(progress.have_bytes), " / ", size_text(progress.size_bytes));
    if (bytes_per_second >= 1) text.append(concat(" ", size_text(static_cast<std::uint64_t>(bytes_per_second)), "/s ", time_left(progress, bytes_per_second)));
    // A line that wraps could not be drawn over.
    return text.substr(0, columns > 1 ? columns - 1 : 1);
}

std::string ProgressBars::cleared() const { return shown_ == 0 ? std::string{} : concat("\r\033[", shown_, "A\033[J"); }

std::string ProgressBars::drawn(Clock::time_point now, std::size_t columns) {
    std::string text;
    for (const auto& bar : bars_) {
        const auto seconds = std::chrono::duration<double>(now - bar.begun).count();
        const auto fetched = static_cast<double>(bar.progress.have_bytes - std::min(bar.first_bytes, bar.progress.have_bytes));
        text.append(concat(bar_text(bar.progress, seconds > 0 ? fetched / seconds : 0, columns), "\n"));
    }
    shown_ = bars_.size();
    return text;
}

std::string ProgressBars::update(const image::BlobProgress& progress, Clock::time_point now, std::size_t columns) {
    auto text = cleared();
    const auto bar = std::find_if(bars_.begin(), bars_.end(), [&](const Bar& one) { return one.progress.digest == progress.digest; });
    const bool ended = progress.have_bytes >= progress.size_bytes;
    if (bar != bars_.end() && ended) bars_.erase(bar);
    else if (bar != bars_.end()) bar->progress = progress;
    else if (!ended) bars_.push_back({progress, now, progress.have_bytes});
    return text.append(drawn(now, columns));
}

std::string ProgressBars::line(std::string_view text, Clock::time_point now, std::size_t columns) {
    auto output = concat(cleared(), text, "\n");
    return output.append(drawn(now, columns));
}

}  // namespace skiff::cli
