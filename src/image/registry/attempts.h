#pragma once
/// One place after the other: mirrors, then the registry itself.

#include <functional>
#include <string>
#include <vector>

#include "image/registry/registries_conf.h"
#include "util/error.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::image::registry {

/// Calls `attempt` with one place after the other until it succeeds. All reasons are told when none does.
template <typename Result>
Result at_first_that_works(const std::vector<Endpoint>& endpoints, const std::function<Result(const Endpoint&)>& attempt) {
    std::string earlier;
    for (std::size_t i = 0;; ++i) {
        try {
            return in_context(endpoints[i].mirror ? concat("mirror ", endpoints[i].host) : endpoints[i].host, [&] { return attempt(endpoints[i]); });
        } catch (const Error& error) {
            if (i + 1 == endpoints.size()) {
                if (earlier.empty()) throw;
                throw Error{error.kind(), concat(error.what(), " (before that: ", earlier, ")"), error.hint()};
            }
            log::debug(error.what());
            earlier.append(earlier.empty() ? "" : "; ").append(error.what());
        }
    }
}

}  // namespace skiff::image::registry
