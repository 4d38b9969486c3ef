#pragma once
/// The processes of a running container, read from /proc. No program of the image is run.
/// Source: proc_pid_stat(5), proc_pid_status(5); the names of the columns are ps(1)'s.

#include <string>
#include <string_view>
#include <vector>

namespace skiff::libpod {
class Container;
}

namespace skiff::cli {

/// Text of each wanted column for each process, by rising pid. `columns`: names, or AIX's "%p".
/// Throws Error{Invalid} for an unknown one, WrongState when the container does not run.
struct ProcessTable {
    std::vector<std::string> titles;
    std::vector<std::vector<std::string>> rows;
};
ProcessTable process_table(const libpod::Container& container, const std::vector<std::string>& columns);

/// Every column's name, sorted.
std::vector<std::string> process_columns();

}  // namespace skiff::cli
