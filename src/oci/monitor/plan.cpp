#include <string>

#include "oci/monitor/monitor.h"
#include "util/json.h"

namespace skiff::oci::monitor {
namespace {

Json log_to_json(const LogPlan& log) {
    return {{"driver", log.driver},     {"path", log.path.native()}, {"maxSizeBytes", log.max_size_bytes},
            {"maxFiles", log.max_files}, {"tag", log.tag},
            {"containerId", log.container_id}, {"containerName", log.container_name}};
}

LogPlan log_from_json(const Json& document) {
    LogPlan log;
    log.driver = string_or(document, "driver", log.driver);
    log.path = string_or(document, "path");
    log.max_size_bytes = int_or(document, "maxSizeBytes");
    log.max_files = static_cast<int>(int_or(document, "maxFiles", 1));
    log.tag = string_or(document, "tag");
    log.container_id = string_or(document, "containerId");
    log.container_name = string_or(document, "containerName");
    return log;
}

Json process_to_json(const ProcessIdentity& process) {
    return {{"bootId", process.boot_id}, {"pid", process.pid}, {"startTicks", process.start_ticks}};
}

ProcessIdentity process_from_json(const Json& document) {
    return {string_or(document, "bootId"), static_cast<pid_t>(int_or(document, "pid", -1)),
            static_cast<std::uint64_t>(int_or(document, "startTicks"))};
}

const Json& object_or_empty(const Json& document, const char* key) {
    static const Json empty = Json::object();
    const Json* found = member(document, key);
    return found != nullptr ? *found : empty;
}

}  // namespace

nlohmann::json to_json(const Plan& plan) {
    Json document{{"id", plan.id},
                  {"isExec", plan.is_exec},
                  {"runDir", plan.run_dir.native()},
                  {"process", process_to_json(plan.process)},
                  {"terminal", plan.terminal},
                  {"stdinOpen", plan.stdin_open},
                  {"stdinOnce", plan.stdin_once},
                  {"log", log_to_json(plan.log)},
                  {"exitCommand", plan.exit_command},
                  {"oomWatch", plan.oom_watch},
                  {"cgroupEvents", plan.cgroup_events}};
    if (!plan.notify_socket.empty()) document["notifySocket"] = plan.notify_socket;
    if (!plan.ports.empty()) document["ports"] = to_json(plan.ports);
    if (plan.timeout) document["timeoutMilliseconds"] = plan.timeout->count();
    if (!plan.probe_command.empty()) document["probeCommand"] = plan.probe_command;
    return document;
}

Plan plan_from_json(const nlohmann::json& document) {
    Plan plan;
    plan.id = string_or(document, "id");
    plan.is_exec = bool_or(document, "isExec");
    plan.run_dir = string_or(document, "runDir");
    plan.process = process_from_json(object_or_empty(document, "process"));
    plan.terminal = bool_or(document, "terminal");
    plan.stdin_open = bool_or(document, "stdinOpen");
    plan.stdin_once = bool_or(document, "stdinOnce");
    plan.log = log_from_json(object_or_empty(document, "log"));
    plan.exit_command = strings_or_empty(document, "exitCommand");
    plan.oom_watch = bool_or(document, "oomWatch");
    plan.cgroup_events = string_or(document, "cgroupEvents");
    if (const Json* ports = member(document, "ports")) plan.ports = held_ports_from_json(*ports);
    plan.notify_socket = string_or(document, "notifySocket");
    plan.probe_command = strings_or_empty(document, "probeCommand");
    if (member(document, "timeoutSeconds") != nullptr) plan.timeout = std::chrono::seconds{int_or(document, "timeoutSeconds")};
    if (member(document, "timeoutMilliseconds") != nullptr) plan.timeout = std::chrono::milliseconds{int_or(document, "timeoutMilliseconds")};
    return plan;
}

}  // namespace skiff::oci::monitor
