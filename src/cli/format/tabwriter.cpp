#include "cli/format/tabwriter.h"

#include <algorithm>
#include <vector>

#include "cli/format/go_string.h"

namespace skiff::cli {
namespace {

struct Cell {
    std::string_view text;
    std::size_t width;
};

using Line = std::vector<Cell>;

/// A label full of tabs is one wide cell behind this many, rather than a deep recursion.
constexpr std::size_t kMaxCells = 1000;

Line cells_of(std::string_view line) {
    Line cells;
    for (;;) {
        const std::size_t tab = cells.size() < kMaxCells ? line.find('\t') : std::string_view::npos;
        const std::string_view text = line.substr(0, tab);
        cells.push_back({text, tmpl::rune_count(text)});
        if (tab == std::string_view::npos) return cells;
        line.remove_prefix(tab + 1);
    }
}

/// A column is a run of adjacent lines that have a tab behind the cell at that place; the last cell of a
/// line ends no column. Columns nest: a column to the right lives within the lines of the one to its left.
class Aligner {
public:
    Aligner(std::vector<Line> lines, TabStops stops) : lines_{std::move(lines)}, stops_{stops} {}

    std::string run() {
        format(0, lines_.size());
        return std::move(out_);
    }

private:
    bool in_column(std::size_t line) const { return lines_[line].size() > widths_.size() + 1; }

    void format(std::size_t begin, std::size_t end) {
        const std::size_t column = widths_.size();
        std::size_t written = begin;
        for (std::size_t line = begin; line < end; ++line) {
            if (!in_column(line)) continue;
            write(written, line);
            std::size_t last = line;
            std::size_t width = stops_.min_width;
            for (; last < end && in_column(last); ++last) width = std::max(width, lines_[last][column].width + stops_.padding);
            widths_.push_back(width);
            format(line, last);
            widths_.pop_back();
            written = last;
            line = last - 1;
        }
        write(written, end);
    }

    void write(std::size_t begin, std::size_t end) {
        for (std::size_t line = begin; line < end; ++line) {
            const Line& cells = lines_[line];
            for (std::size_t i = 0; i < cells.size(); ++i) {
                out_ += cells[i].text;
                if (i < widths_.size()) out_.append(widths_[i] - std::min(widths_[i], cells[i].width), ' ');
            }
            if (line + 1 < lines_.size()) out_.push_back('\n');
        }
    }

    std::vector<Line> lines_;
    TabStops stops_;
    std::vector<std::size_t> widths_;  ///< of the columns to the left of the one being formatted
    std::string out_;
};

}  // namespace

std::string align_columns(std::string_view text, TabStops stops) {
    std::vector<Line> lines;
    for (;;) {
        const std::size_t newline = text.find('\n');
        lines.push_back(cells_of(text.substr(0, newline)));
        if (newline == std::string_view::npos) break;
        text.remove_prefix(newline + 1);
    }
    return Aligner{std::move(lines), stops}.run();
}

}  // namespace skiff::cli
