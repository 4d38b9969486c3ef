#include "libpod/container_events.h"
#include "libpod/lifecycle.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// The event of a change of state. The end of a container is two, as everything that it held is released with it.
void record_change(const state::Database& db, const ContainerRow& row, State before) {
    const auto action = action_of(before, row.state.state);
    if (action.empty()) return;
    if (action != "died") return record_container_event(db, row.id, action);
    record_container_event(db, row.id, action, concat(R"({"exit_code":)", row.state.exit_code, row.state.oom_killed ? R"(,"oom_killed":true})" : "}"));
    record_container_event(db, row.id, "cleanup");
}

/// Applies one step; true when the state is another.
bool apply_step(const state::Database& db, ContainerRow& row, const ChangeStep& step) {
    const State before = row.state.state;
    step.change(row.state);
    if (row.state.state == before) return false;
    record_transition(db, row.id, before, row.state.state, step.cause);
    record_change(db, row, before);
    return true;
}

}  // namespace

void commit_changes(const Runtime& runtime, ContainerRow& row, const std::vector<ChangeStep>& steps) {
    state::Transaction transaction{runtime.db()};
    auto current = read_container(runtime.db(), row.id);
    if (!current) throw Error{ErrorKind::NotFound, concat("container ", quote(row.name), " was removed meanwhile: no such container")};
    bool changed = false;
    for (const auto& step : steps) changed = apply_step(runtime.db(), *current, step) || changed;
    write_state(runtime.db(), row.id, current->state);
    transaction.commit();
    row = std::move(*current);
    if (changed) runtime.forward_events();
}

void commit_change(const Runtime& runtime, ContainerRow& row, std::string_view cause,
                   const std::function<void(ContainerState&)>& change) {
    commit_changes(runtime, row, {{std::string{cause}, change}});
}

}  // namespace skiff::libpod
