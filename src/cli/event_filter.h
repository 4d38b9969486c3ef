#pragma once
/// --filter of events. Of several values of one key one must match, of different keys all. Source: podman-events(1), --filter.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "libpod/event_text.h"

namespace skiff::cli {

class EventFilter {
public:
    /// "key=value" each. Throws Error{Invalid} for an unknown key or a missing value.
    explicit EventFilter(const std::vector<std::string>& filters);
    bool matches(const libpod::Event& event) const;

private:
    using Test = std::function<bool(const libpod::Event&)>;
    std::map<std::string, std::vector<Test>> tests_;  ///< by key
};

}  // namespace skiff::cli
