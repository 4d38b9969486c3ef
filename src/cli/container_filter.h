#pragma once
/// --filter of everything that lists or chooses containers. Different keys must all match; of several values of one
/// key one must, but for labels all. Source: podman-ps(1), --filter.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libpod/container_row.h"

namespace skiff::libpod {
class Runtime;
struct ListedConfig;
}  // namespace skiff::libpod

namespace skiff::cli {

/// A row with its configuration read when somebody asks.
class ContainerFacts {
public:
    explicit ContainerFacts(const libpod::ContainerRow& row) : row_{row} {}
    const libpod::ContainerRow& row() const noexcept { return row_; }
    const libpod::ListedConfig& config() const;

private:
    const libpod::ContainerRow& row_;
    mutable std::shared_ptr<const libpod::ListedConfig> config_;
};

class ContainerFilter {
public:
    /// "key=value" each. Throws Error{Invalid} for an unknown key, a missing or a malformed value; NotFound when
    /// `before` or `since` names no container.
    ContainerFilter(libpod::Runtime& runtime, const std::vector<std::string>& filters);

    bool matches(const ContainerFacts& container) const;
    bool matches(const libpod::ContainerRow& row) const { return matches(ContainerFacts{row}); }
    bool empty() const noexcept { return any_of_.empty() && all_of_.empty(); }
    /// True when a filter speaks of states: listings then show every state.
    bool names_state() const noexcept { return names_state_; }

    using Test = std::function<bool(const ContainerFacts&)>;

private:
    std::map<std::string, std::vector<Test>> any_of_;  ///< by key
    std::vector<Test> all_of_;
    bool names_state_ = false;
};

/// Every key, sorted: for completion and error messages.
const std::vector<std::string>& container_filter_keys();

}  // namespace skiff::cli
