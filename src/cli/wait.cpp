#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "libpod/container.h"
#include "libpod/runtime.h"
#include "libpod/wait_first.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

using Condition = libpod::Container::WaitCondition;

struct WaitCall {
    std::vector<std::string> names;
    std::vector<std::string> conditions;
    std::string interval = "250ms";
    bool first = false;
    bool ignore = false;
    bool latest = false;
};

std::vector<Condition> conditions_of(const std::vector<std::string>& words) {
    static const std::map<std::string, Condition> kByWord = {
        {"configured", Condition::Configured}, {"created", Condition::Created},   {"initialized", Condition::Created},
        {"running", Condition::Running},       {"paused", Condition::Paused},     {"stopping", Condition::Stopping},
        {"stopped", Condition::Stopped},       {"exited", Condition::Stopped},    {"removing", Condition::Removing},
        {"healthy", Condition::Healthy},       {"unhealthy", Condition::Unhealthy},
    };
    std::vector<Condition> conditions;
    for (const std::string& word : words) {
        const auto found = kByWord.find(lower(word));
        if (found == kByWord.end()) {
            throw Error{ErrorKind::Invalid, concat("--condition: no condition ", quote(word)),
                        "configured, created, initialized, running, paused, stopping, stopped, exited, removing, healthy, unhealthy"};
        }
        conditions.push_back(found->second);
        // podman's word for a container that no start has touched yet, as in ps.
        if (lower(word) == "created") conditions.push_back(Condition::Configured);
    }
    if (conditions.empty()) conditions.push_back(Condition::Stopped);
    return conditions;
}

// "250ms", "2s", or a bare number of milliseconds.
std::chrono::milliseconds interval_of(const std::string& text) {
    if (const auto number = parse_int(text); number && *number > 0) return std::chrono::milliseconds{*number};
    const auto duration = parse_duration(text);
    if (!duration || duration->count() <= 0) {
        throw Error{ErrorKind::Invalid, concat("--interval: ", quote(text), " is not a duration"), "250ms, 2s"};
    }
    return std::chrono::ceil<std::chrono::milliseconds>(*duration);
}

// A container, or what is remembered of one that is gone.
using Waited = std::variant<libpod::Container, int>;

Waited find_waited(libpod::Runtime& runtime, const std::string& name, const WaitCall& call) {
    try {
        return find_one(runtime, name, call.latest);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::NotFound) throw;
        // A container that was removed when it ended is remembered for some minutes.
        if (const auto record = libpod::find_exit_record(runtime.db(), name)) return record->exit_code;
        if (call.ignore) return -1;
        throw;
    }
}

int wait_for_one(libpod::Runtime& runtime, Waited& waited, const WaitCall& call, const std::vector<Condition>& conditions,
                 std::chrono::milliseconds interval) {
    auto* const container = std::get_if<libpod::Container>(&waited);
    if (container == nullptr) return std::get<int>(waited);
    try {
        return container->wait(conditions, interval);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::NotFound) throw;
        if (const auto record = libpod::find_exit_record(runtime.db(), container->id())) return record->exit_code;
        if (call.ignore) return -1;
        throw;
    }
}

// One line: that of the first. What is gone already has met the condition, unless it never was there (--ignore).
int wait_for_first(std::vector<Waited>& all, const std::vector<Condition>& conditions, std::chrono::milliseconds interval) {
    std::vector<libpod::Container> containers;
    for (Waited& waited : all) {
        if (auto* const container = std::get_if<libpod::Container>(&waited)) {
            containers.push_back(std::move(*container));
        } else if (std::get<int>(waited) >= 0) {
            print_line(std::to_string(std::get<int>(waited)));
            return 0;
        }
    }
    print_line(std::to_string(libpod::wait_for_first(containers, conditions, interval)));
    return 0;
}

int wait(libpod::Runtime& runtime, const WaitCall& call) {
    const auto conditions = conditions_of(call.conditions);
    const auto interval = interval_of(call.interval);
    std::vector<std::string> names = call.names;
    if (names.empty()) names.emplace_back();
    // All are looked up before the first is waited for: a misspelt one is told at once.
    std::vector<Waited> all;
    for (const std::string& name : names) all.push_back(find_waited(runtime, name, call));
    if (call.first) return wait_for_first(all, conditions, interval);
    Failures failures;
    for (Waited& waited : all) {
        failures.attempt([&] { print_line(std::to_string(wait_for_one(runtime, waited, call, conditions, interval))); });
    }
    return failures.status();
}

}  // namespace

void define_wait(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<WaitCall>();
    add_arguments(command, "CONTAINER", call->names);
    add_list_csv(command, "--condition", call->conditions, "STATE", "State to wait for (default stopped)");
    add_flag(command, "--exit-first-match", call->first, "End with the first container that meets a condition");
    add_flag(command, "--ignore", call->ignore, "A container that does not exist counts as ended, with -1");
    add_string(command, "-i,--interval", call->interval, "DURATION", "Time between looks (default 250ms)");
    add_latest(command, call->latest);
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return wait(runtime, *call); };
}

}  // namespace skiff::cli
