#include <sched.h>

#include <array>

#include "oci/native/names.h"
#include "oci/native/spec_parse.h"

namespace skiff::oci::native {
namespace {

// Source: sched(7), ioprio_set(2).
constexpr std::array<Word, 7> kPolicies = {{{"SCHED_OTHER", 0}, {"SCHED_FIFO", 1}, {"SCHED_RR", 2}, {"SCHED_BATCH", 3},
                                            {"SCHED_ISO", 4}, {"SCHED_IDLE", 5}, {"SCHED_DEADLINE", 6}}};
constexpr std::array<Word, 7> kSchedulerFlags = {
    {{"SCHED_FLAG_RESET_ON_FORK", 0x01}, {"SCHED_FLAG_RECLAIM", 0x02}, {"SCHED_FLAG_DL_OVERRUN", 0x04},
     {"SCHED_FLAG_KEEP_POLICY", 0x08}, {"SCHED_FLAG_KEEP_PARAMS", 0x10}, {"SCHED_FLAG_UTIL_CLAMP_MIN", 0x20},
     {"SCHED_FLAG_UTIL_CLAMP_MAX", 0x40}}};
constexpr std::array<Word, 3> kIoClasses = {
    {{"IOPRIO_CLASS_RT", 1}, {"IOPRIO_CLASS_BE", 2}, {"IOPRIO_CLASS_IDLE", 3}}};

std::uint64_t read_set(const JsonReader& json) {
    std::uint64_t set = 0;
    for (const JsonReader& element : json.elements()) {
        const std::string name = element.text();
        const auto number = capability_number(name);
        // A newer engine may name a capability that this kernel has not: there is then nothing to give.
        if (number) set |= std::uint64_t{1} << *number;
        else if (!name.starts_with("CAP_")) element.fail(concat("is no capability: ", quote(name)));
    }
    return set;
}

void read_user(const JsonReader& json, User& user) {
    json["uid"].read(user.uid);
    json["gid"].read(user.gid);
    json["umask"].read(user.umask);
    for (const JsonReader& element : json["additionalGids"].elements()) {
        user.additional_gids.push_back(element.number<std::uint32_t>());
    }
}

void read_capabilities(const JsonReader& json, Capabilities& sets) {
    sets.bounding = read_set(json["bounding"]);
    sets.effective = read_set(json["effective"]);
    sets.permitted = read_set(json["permitted"]);
    sets.inheritable = read_set(json["inheritable"]);
    sets.ambient = read_set(json["ambient"]);
}

Rlimit read_rlimit(const JsonReader& json) {
    Rlimit limit;
    const std::string type = json.require("type").text();
    const auto number = rlimit_number(type);
    if (!number) json["type"].fail(concat("is no resource limit: ", quote(type)));
    limit.resource = *number;
    limit.soft = json.require("soft").number<std::uint64_t>();
    limit.hard = json.require("hard").number<std::uint64_t>();
    if (limit.soft > limit.hard) json.fail("has a soft limit above the hard one");
    return limit;
}

Scheduler read_scheduler(const JsonReader& json) {
    Scheduler scheduler;
    const std::string policy = json.require("policy").text();
    scheduler.policy = static_cast<std::uint32_t>(json["policy"].value_in(kPolicies));
    json["nice"].read(scheduler.nice);
    json["priority"].read(scheduler.priority);
    for (const JsonReader& flag : json["flags"].elements()) {
        scheduler.flags |= flag.value_in(kSchedulerFlags);
    }
    json["runtime"].read(scheduler.runtime);
    json["deadline"].read(scheduler.deadline);
    json["period"].read(scheduler.period);
    return scheduler;
}

IoPriority read_io_priority(const JsonReader& json) {
    IoPriority result;
    const JsonReader io_class = json.require("class");
    result.io_class = static_cast<int>(io_class.value_in(kIoClasses));
    json["priority"].read(result.priority);
    if (result.priority < 0 || result.priority > 7) json["priority"].fail("must be 0 to 7");
    return result;
}

}  // namespace

void detail::read_process(const JsonReader& json, Process& process) {
    json["terminal"].read(process.terminal);
    if (const JsonReader size = json["consoleSize"]) {
        size["height"].read(process.console_height);
        size["width"].read(process.console_width);
    }
    if (const JsonReader user = json["user"]) read_user(user, process.user);
    json["args"].read(process.args);
    json["env"].read(process.env);
    json["cwd"].read(process.cwd);
    if (const JsonReader sets = json["capabilities"]) read_capabilities(sets, process.capabilities);
    for (const JsonReader& element : json["rlimits"].elements()) process.rlimits.push_back(read_rlimit(element));
    json["noNewPrivileges"].read(process.no_new_privileges);
    json["apparmorProfile"].read(process.apparmor_profile);
    json["selinuxLabel"].read(process.selinux_label);
    json["oomScoreAdj"].read(process.oom_score_adj);
    if (const JsonReader scheduler = json["scheduler"]) process.scheduler = read_scheduler(scheduler);
    if (const JsonReader priority = json["ioPriority"]) process.io_priority = read_io_priority(priority);
    if (const JsonReader affinity = json["execCPUAffinity"]) {
        ExecCpuAffinity& cpus = process.exec_cpu_affinity.emplace();
        affinity["initial"].read(cpus.initial);
        affinity["final"].read(cpus.final);
    }
}

}  // namespace skiff::oci::native
