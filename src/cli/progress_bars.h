#pragma once
/// One line a download at the foot of the terminal, redrawn in place; lines for people scroll above them.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "image/progress.h"

namespace skiff::cli {

class ProgressBars {
public:
    using Clock = std::chrono::steady_clock;

    /// What to write for a step of a download: shows, moves or (at its end) takes away its bar.
    std::string update(const image::BlobProgress& progress, Clock::time_point now, std::size_t columns);
    /// What to write for a line above the bars.
    std::string line(std::string_view text, Clock::time_point now, std::size_t columns);

private:
    struct Bar {
        image::BlobProgress progress;
        Clock::time_point begun;
        std::uint64_t first_bytes = 0;  ///< were there when it began: they say nothing of the speed
    };
    std::string drawn(Clock::time_point now, std::size_t columns);
    std::string cleared() const;

    std::vector<Bar> bars_;
    std::size_t shown_ = 0;  ///< lines on the screen
};

/// "Copying blob sha256:0123456789ab [====>     ] 12MB / 40MB 8MB/s 3s", cut to `columns`.
std::string bar_text(const image::BlobProgress& progress, double bytes_per_second, std::size_t columns);

}  // namespace skiff::cli
