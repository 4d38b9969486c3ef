#pragma once
/// Columns of text. Source: Go package text/tabwriter (elastic tabstops) with flags 0.

#include <string>
#include <string_view>

namespace skiff::cli {

struct TabStops {
    std::size_t min_width = 12;  ///< characters, padding included
    std::size_t padding = 2;     ///< spaces after the widest cell
};

/// `text` with tab-terminated cells of adjacent lines aligned. podman's tables use the defaults.
std::string align_columns(std::string_view text, TabStops stops = {});

}  // namespace skiff::cli
