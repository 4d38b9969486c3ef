#include "libpod/restart_policy.h"

#include <algorithm>

#include "libpod/boot.h"
#include "util/json.h"

namespace skiff::libpod {

bool restart_wanted(const RestartPolicy& policy, const ContainerState& ended) {
    if (ended.stopped_by_user || was_interrupted(ended)) return false;
    switch (policy.kind) {
        case RestartKind::No: return false;
        case RestartKind::Always:
        case RestartKind::UnlessStopped: return true;
        case RestartKind::OnFailure:
            return ended.exit_code != 0 &&
                   (policy.max_retries == 0 || ended.restarts < static_cast<int>(policy.max_retries));
    }
    return false;
}

bool is_restart_due(const ContainerState& state) {
    return bool_or(parse_json(state.details, "container details"), "restart_due");
}

std::string without_restart(const std::string& details) {
    Json document = parse_json(details, "container details");
    document.erase("restart_due");
    return dump(document);
}

std::chrono::milliseconds restart_pause(const ContainerState& state) {
    constexpr UnixNanos kLongRun = 10'000'000'000;
    if (state.finished_at - state.started_at >= kLongRun) return std::chrono::milliseconds{100};
    return std::min(std::chrono::milliseconds{100} * (1 << std::clamp(state.restarts, 0, 10)), std::chrono::milliseconds{60'000});
}

}  // namespace skiff::libpod
