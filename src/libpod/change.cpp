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
    record_container_event(db, row.id, action, concat(R"({"exit_code":)", row.state.exit_code, "}"));
    record_container_event(db, row.id, "cleanup");
}

}  // namespace

void commit_change(const Runtime& runtime, ContainerRow& row, std::string_view cause,
                   const std::function<void(ContainerState&)>& change) {
    state::Transaction transaction{runtime.db()};
    auto current = read_container(runtime.db(), row.id);
    if (!current) throw Error{ErrorKind::NotFound, concat("container ", quote(row.name), " was removed meanwhile: no such container")};
    const State before = current->state.state;
    change(current->state);
    write_state(runtime.db(), row.id, current->state);
    if (current->state.state != before) {
        record_transition(runtime.db(), row.id, before, current->state.state, cause);
        record_change(runtime.db(), *current, before);
    }
    const bool changed = current->state.state != before;
    transaction.commit();
    row = std::move(*current);
    if (changed) runtime.forward_events();
}

}  // namespace skiff::libpod
