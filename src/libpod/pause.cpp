#include <chrono>

#include "libpod/container.h"
#include "libpod/lifecycle.h"
#include "state/intent.h"
#include "util/error.h"
#include "util/fault.h"

namespace skiff::libpod {
namespace {

/// `act` freezes or thaws. Between that and the row's change only the OCI runtime knows: hence an intent.
void change_frozen(const Runtime& runtime, ContainerRow& row, Operation operation, const std::function<void(oci::OciRuntime&)>& act) {
    const State next = transition_for(operation, row.state.state, {.init_alive = is_alive(row.state.init)}, row.name).to;
    std::int64_t intent = 0;
    commit_change(runtime, row, {}, [&](ContainerState&) {
        intent = state::begin_intent(runtime.db(), "container", row.id, operation_name(operation));
    });
    fault_point("intent:pause");
    try {
        act(runtime.oci_runtime(oci_runtime_of(row, runtime)));
        fault_point("pause:done");
    } catch (const Error&) {
        record_frozen(runtime, row, intent, operation_name(operation));
        throw;
    }
    commit_change(runtime, row, operation_name(operation), [&](ContainerState& state) {
        state.state = next;
        state::finish_intent(runtime.db(), intent);
    });
    fault_point("pause:recorded");
}

}  // namespace

void record_frozen(const Runtime& runtime, ContainerRow& row, std::int64_t intent, std::string_view cause) {
    const bool alive = is_alive(row.state.init);
    const bool frozen = alive && runtime.oci_runtime(oci_runtime_of(row, runtime)).state(row.id).status == oci::Status::Paused;
    commit_change(runtime, row, cause, [&](ContainerState& state) {
        const bool either = state.state == State::Running || state.state == State::Paused;
        if (alive && either) state.state = frozen ? State::Paused : State::Running;
        state::finish_intent(runtime.db(), intent);
    });
}

void Container::pause() {
    auto locked = lock_container(*runtime_, row_.id, std::chrono::seconds{60});
    const auto global = runtime_->step_lock();
    change_frozen(*runtime_, locked.row, Operation::Pause, [&](oci::OciRuntime& runtime) { runtime.pause(row_.id); });
    row_ = locked.row;
}

void Container::unpause() {
    auto locked = lock_container(*runtime_, row_.id, std::chrono::seconds{60});
    const auto global = runtime_->step_lock();
    change_frozen(*runtime_, locked.row, Operation::Unpause, [&](oci::OciRuntime& runtime) { runtime.resume(row_.id); });
    row_ = locked.row;
}

}  // namespace skiff::libpod
