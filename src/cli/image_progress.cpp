#include "cli/image_progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <memory>

#include "cli/progress_bars.h"
#include "util/fd.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

std::size_t terminal_columns() {
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void write_progress(const std::string& text) { write_all(STDERR_FILENO, text, "standard error"); }

}  // namespace

image::Report image_progress(bool quiet) {
    if (quiet) return {};
    if (::isatty(STDERR_FILENO) == 0)
        return [](std::string_view line) {
            if (!image::parse_progress(line)) write_progress(concat(line, "\n"));
        };
    return [bars = std::make_shared<ProgressBars>()](std::string_view line) {
        const auto now = ProgressBars::Clock::now();
        const auto progress = image::parse_progress(line);
        write_progress(progress ? bars->update(*progress, now, terminal_columns()) : bars->line(line, now, terminal_columns()));
    };
}

}  // namespace skiff::cli
