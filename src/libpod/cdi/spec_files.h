#pragma once
/// CDI specifications: files in which vendors say what a container needs for a device of theirs.
/// Source: CNCF Container Device Interface specification 1.1.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace skiff::libpod::cdi {

namespace fs = std::filesystem;

/// /etc/cdi and /var/run/cdi.
std::vector<fs::path> default_directories();

/// What one file says. All of it was checked: kinds of values, paths, names.
struct Specification {
    fs::path file;
    std::string kind;                              ///< "vendor.com/class"
    nlohmann::json edits;                          ///< of whoever uses any of its devices; an object
    std::map<std::string, nlohmann::json> devices; ///< edits by name
};

/// *.json and *.yaml of the directories, in order; absent directories are passed over, a file that is none is logged and passed
/// over, as a device of another vendor does not depend on it; `broken` gets a line for each.
std::vector<Specification> read_specifications(const std::vector<fs::path>& directories, std::vector<std::string>& broken);

/// One document. Throws Error{Corrupt} or {Unsupported} for a newer version.
Specification parse_specification(const fs::path& file, const nlohmann::json& document);

}  // namespace skiff::libpod::cdi
