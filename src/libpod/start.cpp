#include "libpod/container_events.h"
#include "libpod/health.h"
#include "libpod/lifecycle.h"
#include "libpod/service_notify.h"
#include "libpod/volume/step.h"
#include "state/intent.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::libpod {

std::string oci_runtime_of(const ContainerRow& row, const Runtime& runtime) {
    const std::string recorded = string_or(parse_json(row.state.details, "container details"), "oci_runtime");
    return recorded.empty() ? runtime.default_oci_runtime() : recorded;
}

void finish_run(const Runtime& runtime, const std::string& id) {
    runtime.db().prepare("DELETE FROM intent WHERE object_kind = 'container' AND object_id = ? AND step = 'run'").bind(id).run();
}

void start_locked(const Runtime& runtime, ContainerRow& row, const StartStep& step) {
    const State next = transition_for(Operation::Start, row.state.state, {}, row.name).to;
    std::int64_t intent = step.intent;
    if (intent == 0) {
        commit_change(runtime, row, {}, [&](ContainerState&) { intent = state::begin_intent(runtime.db(), "container", row.id, "start"); });
    }
    fault_point("intent:start");
    const UnixNanos started_at = now_nanos();  // before the program, which may end at once
    try {
        runtime.oci_runtime(oci_runtime_of(row, runtime)).start(row.id);
        fault_point("start:started");
    } catch (const Error& error) {
        undo_init(runtime, row);
        std::vector<std::string> volumes;
        commit_change(runtime, row, "start failed", [&](ContainerState& state) {
            volumes = volumes_to_release(runtime, row.id);
            state.state = State::Stopped;
            state.init = {};
            state.monitor = {};
            state.finished_at = now_nanos();
            state.exit_code = error.kind() == ErrorKind::CommandNotFound ? 127 : 126;
            state::finish_intent(runtime.db(), intent);
        });
        settle_volumes(runtime, volumes);
        throw error.in(concat("starting container ", quote(row.name)));
    }
    commit_change(runtime, row, step.cause, [&](ContainerState& state) {
        if (state.state == State::Created) state.state = next;  // a stop may have come in between
        if (step.also) step.also(state);
        begin_health(runtime.db(), row);
        if (!step.companion.empty()) record_container_event(runtime.db(), row.id, step.companion);
        state.started_at = started_at;
        ++state.starts;
        state::finish_intent(runtime.db(), intent);
        finish_run(runtime, row.id);
    });
    schedule_health(runtime, row);
    notify_service(row, ServiceEvent::Started);
    fault_point("start:recorded");
}

}  // namespace skiff::libpod
