#include <chrono>

#include "libpod/container.h"
#include "libpod/lifecycle.h"
#include "state/intent.h"
#include "util/error.h"
#include "util/fault.h"

namespace skiff::libpod {

/// Between the runtime's step and the row's change only the OCI runtime knows: hence an intent.
void set_paused_locked(const Runtime& runtime, ContainerRow& row, Operation direction, std::string_view cause) {
    const State next = transition_for(direction, row.state.state, {.init_alive = is_alive(row.state.init)}, row.name).to;
    std::int64_t intent = 0;
    commit_change(runtime, row, {}, [&](ContainerState&) {
        intent = state::begin_intent(runtime.db(), "container", row.id, operation_name(direction));
    });
    fault_point("intent:pause");
    try {
        auto& oci = runtime.oci_runtime(oci_runtime_of(row, runtime));
        if (direction == Operation::Pause) oci.pause(row.id);
        else oci.resume(row.id);
        fault_point("pause:done");
    } catch (const Error&) {
        record_frozen(runtime, row, intent, cause);
        throw;
    }
    commit_change(runtime, row, cause, [&](ContainerState& state) {
        if (state.state != State::Stopping) state.state = next;  // stop takes no lock and may have come in between
        state::finish_intent(runtime.db(), intent);
    });
    fault_point("pause:recorded");
}

void record_frozen(const Runtime& runtime, ContainerRow& row, std::int64_t intent, std::string_view cause) {
    const bool alive = is_alive(row.state.init);
    const bool frozen = alive && runtime.oci_runtime(oci_runtime_of(row, runtime)).state(row.id).status == oci::Status::Paused;
    commit_change(runtime, row, cause, [&](ContainerState& state) {
        const bool either = state.state == State::Running || state.state == State::Paused;
        if (alive && either) state.state = frozen ? State::Paused : State::Running;
        state::finish_intent(runtime.db(), intent);
    });
}

namespace {

ContainerRow set_paused(const Runtime& runtime, const std::string& id, Operation direction) {
    auto locked = lock_container(runtime, id, std::chrono::seconds{60});
    const auto global = runtime.step_lock();
    set_paused_locked(runtime, locked.row, direction, operation_name(direction));
    return std::move(locked.row);
}

}  // namespace

void Container::pause() { row_ = set_paused(*runtime_, row_.id, Operation::Pause); }
void Container::unpause() { row_ = set_paused(*runtime_, row_.id, Operation::Unpause); }

}  // namespace skiff::libpod
