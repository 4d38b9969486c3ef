#pragma once
/// Finding one's way in log files: records in a block of text, the files of one log, where its last lines begin.

#include <optional>
#include <string_view>
#include <vector>

#include "oci/monitor/log_reader.h"
#include "util/fd.h"

namespace skiff::oci::monitor {

/// One driver's record format.
class LogFormat {
public:
    /// Throws Error{Unsupported} for drivers that cannot be read back.
    explicit LogFormat(std::string_view driver);

    /// One line of the file, without its newline. Nothing when it is malformed (torn by a crash).
    /// The record's views point into `line`, or into `scratch`.
    std::optional<LogRecord> parse(std::string_view line, std::string& scratch) const;
    /// Whether that line ends a line of output; cheaper than parse.
    bool ends_output_line(std::string_view line) const noexcept;

private:
    bool json_;
};

/// An open file of the log.
struct LogPart {
    UniqueFd fd;
    std::int64_t begin = 0;  ///< where reading starts
};
/// What exists of `path`.N … `path`.1, `path`, oldest first.
std::vector<LogPart> open_log_parts(const fs::path& path);
/// Moves the parts' beginnings (and drops parts) so that only the last `lines` lines of output remain.
void keep_tail(std::vector<LogPart>& parts, const LogFormat& format, std::int64_t lines);

}  // namespace skiff::oci::monitor
