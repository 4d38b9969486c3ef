#include "libpod/update.h"

#include <algorithm>

#include "libpod/change_limits.h"
#include "libpod/container_events.h"
#include "libpod/health.h"
#include "libpod/lifecycle.h"
#include "libpod/spec/parts.h"
#include "state/intent.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/json.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

bool is_variable(const std::string& entry, const std::string& variable) {
    return entry.size() > variable.size() && entry[variable.size()] == '=' && entry.starts_with(variable);
}

void change_environment(ContainerConfig& config, const UpdateOptions& options) {
    for (const auto& variable : options.unset_env) {
        std::erase_if(config.env, [&](const std::string& entry) { return is_variable(entry, variable); });
    }
    for (const auto& [variable, value] : options.env) {
        std::erase_if(config.env, [&variable = variable](const std::string& entry) { return is_variable(entry, variable); });
        config.env.push_back(concat(variable, "=", value));
    }
}

void change_ulimits(ContainerConfig& config, const std::vector<Ulimit>& ulimits) {
    for (const auto& limit : ulimits) {
        std::erase_if(config.ulimits, [&](const Ulimit& old) { return old.name == limit.name; });
        config.ulimits.push_back(limit);
    }
}

void change_restart(ContainerConfig& config, const std::string& policy) {
    config.restart = parse_restart(policy);
    if (config.remove && config.restart.kind != RestartKind::No) {
        throw Error{ErrorKind::Invalid, concat("container ", quote(config.name), " is removed when it ends (--rm): it cannot be restarted")};
    }
}

bool has_cgroup(const ContainerRow& row) {
    const State state = row.state.state;
    return (state == State::Created || state == State::Running || state == State::Paused) && is_alive(row.state.init);
}

/// "No limit" is a change, too, where there was one.
void apply_limits(const Runtime& runtime, const ContainerRow& row, const Resources& limits) {
    Json resources = resources_part(limits, probe_host());
    if (limits.pids_limit && *limits.pids_limit <= 0) resources["pids"] = {{"limit", -1}};
    if (!resources.empty() && has_cgroup(row)) runtime.oci_runtime(oci_runtime_of(row, runtime)).update(row.id, resources);
}

void store_config(const Runtime& runtime, ContainerRow& row, const ContainerConfig& config, bool check_changed, std::int64_t intent) {
    state::Transaction transaction{runtime.db()};
    row.config = dump(to_json(config));
    runtime.db().prepare("UPDATE container SET config = ? WHERE id = ?").bind(row.config).bind(row.id).run();
    if (check_changed) {
        delete_health(runtime.db(), row.id);
        if (is_alive(row.state.init)) begin_health(runtime.db(), row);
    }
    record_container_event(runtime.db(), row.id, "update");
    state::finish_intent(runtime.db(), intent);
    transaction.commit();
    runtime.forward_events();
}

ContainerConfig changed_config(const ContainerConfig& before, const UpdateOptions& options, const Resources& changes) {
    ContainerConfig config = before;
    change_limits(config.resources, changes);
    if (options.restart) change_restart(config, *options.restart);
    if (options.health.any()) config.supervision.health = apply_health_flags(options.health, before.supervision.health);
    change_environment(config, options);
    change_ulimits(config, options.ulimits);
    return config;
}

}  // namespace

void update_container(Container& container, const UpdateOptions& options) {
    const auto& runtime = container.runtime();
    auto locked = lock_container(runtime, container.id(), std::chrono::seconds{60});
    const auto global = runtime.step_lock();
    settle_locked(runtime, locked.row, "found by update");
    const auto before = read_config(locked.row.config);
    const Resources changes = parse_changes(options.resources, before.resources);
    const ContainerConfig config = changed_config(before, options, changes);
    std::int64_t intent = 0;
    commit_change(runtime, locked.row, {}, [&](ContainerState&) { intent = state::begin_intent(runtime.db(), "container", locked.row.id, "update"); });
    fault_point("intent:update");
    try {
        apply_limits(runtime, locked.row, limits_to_apply(config.resources, changes));
        fault_point("update:applied");
    } catch (const Error& error) {
        repair_update(runtime, locked.row);
        state::finish_intent(runtime.db(), intent);
        throw error.in(concat("updating container ", quote(container.name())));
    }
    const bool check_changed = config.supervision.health != before.supervision.health;
    store_config(runtime, locked.row, config, check_changed, intent);
    fault_point("update:recorded");
    if (check_changed) schedule_health(runtime, locked.row);
}

void repair_update(const Runtime& runtime, const ContainerRow& row) {
    try {
        apply_limits(runtime, row, read_config(row.config).resources);
    } catch (const Error& error) {
        log::debug(concat("giving container ", row.id, " its limits back: ", error.what(), ", ignoring"));
    }
}

}  // namespace skiff::libpod
