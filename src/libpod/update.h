#pragma once
/// `update`: the one operation that changes a container's configuration after it was created.

#include <optional>
#include <string>
#include <vector>

#include "libpod/container.h"
#include "libpod/parse/health.h"
#include "libpod/parse/values.h"

namespace skiff::libpod {

struct UpdateOptions {
    ResourceFlags resources;
    std::optional<std::string> restart;  ///< a policy as --restart takes it
    HealthFlags health;
    std::vector<std::pair<std::string, std::string>> env;
    std::vector<std::string> unset_env;
    std::vector<Ulimit> ulimits;
};

/// Limits reach a running container at once; all of it holds from the next start on. Environment and ulimits of processes that run
/// stay as they are. Throws Error{Invalid} for what contradicts itself or the container, with nothing changed.
void update_container(Container& container, const UpdateOptions& options);

/// An update that was cut short: a running container gets the limits that its configuration has.
void repair_update(const Runtime& runtime, const ContainerRow& row);

}  // namespace skiff::libpod
