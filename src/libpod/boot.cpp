#include "libpod/boot.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "libpod/lifecycle.h"
#include "libpod/many.h"
#include "state/epoch.h"
#include "util/files.h"
#include "util/json.h"
#include "util/process.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr const char* kInterrupted = "interrupted";
constexpr const char* kBootRan = "boot_ran";
constexpr const char* kBootMentioned = "boot_mentioned";
/// Starting is mostly the processors' work.
constexpr std::size_t kAtATime = 8;

ContainerConfig config_in(const ContainerRow& row) { return read_config(row.config); }

std::set<std::string> needs_of(const ContainerConfig& config) {
    std::set<std::string> needs{config.requires_containers.begin(), config.requires_containers.end()};
    const auto& spaces = config.namespaces;
    for (const NamespaceMode* mode : {&spaces.pid, &spaces.ipc, &spaces.network, &spaces.uts, &spaces.user, &spaces.cgroup}) {
        if (mode->kind == NamespaceKind::Container) needs.insert(mode->value);
    }
    return needs;
}

/// Stopping, too: who began it may be dead.
bool runs(const ContainerRow& row) {
    return row.state.state == State::Running || row.state.state == State::Paused || row.state.state == State::Stopping;
}

/// One `skiff start ID`: parallel, and what goes wrong with one stays its own.
ChildProcess start_by_process(const Runtime& runtime, const std::string& id) {
    auto words = runtime.own_command_prefix();
    words.insert(words.end(), {"start", id});
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const pid_t child = ::fork();
    if (child < 0) throw SystemError{errno, "starting a container"};
    if (child == 0) {
        const UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
        ::dup2(null.get(), STDIN_FILENO);
        ::dup2(null.get(), STDOUT_FILENO);  // the names that start prints
        ::execve(argv[0], argv.data(), environ);
        ::_exit(125);
    }
    return ChildProcess{child};
}

void start_wave(const Runtime& runtime, const std::vector<ContainerRow>& wave, const BootOutcome& outcome) {
    for (std::size_t begin = 0; begin < wave.size(); begin += kAtATime) {
        const std::size_t end = std::min(wave.size(), begin + kAtATime);
        std::vector<ChildProcess> children;
        for (std::size_t i = begin; i < end; ++i) children.push_back(start_by_process(runtime, wave[i].id));
        for (std::size_t i = begin; i < end; ++i) {
            const ExitStatus status = children[i - begin].wait();
            // Whoever ended by itself has said why.
            const Error failure{ErrorKind::System, status.signal == 0 ? std::string{} : concat("starting container ", quote(wave[i].name), ": the process was killed")};
            outcome(wave[i], status.code == 0 ? nullptr : &failure);
        }
    }
}

void remove_leftover(Runtime& runtime, const ContainerRow& row, const BootOutcome& outcome) {
    try {
        runtime.find(row.id).remove({.force = false, .volumes = true, .stop_timeout = std::nullopt});
        outcome(row, nullptr);
    } catch (const Error& error) {
        outcome(row, &error);
    }
}

void stop_wave(Runtime& runtime, std::vector<ContainerRow>& wave, const BootOutcome& outcome) {
    std::vector<Container> containers;
    for (auto& row : wave) {
        commit_change(runtime, row, {}, [](ContainerState& state) { state.details = with_interruption(state.details); });
        containers.push_back(runtime.find(row.id));
    }
    std::vector<Container*> pointers;
    for (auto& container : containers) pointers.push_back(&container);
    stop_many(pointers, std::nullopt, [&](std::size_t index, const Error* failure) {
        if (failure == nullptr) {
            commit_change(runtime, wave[index], {}, [](ContainerState& state) { state.stopped_by_user = false; });
        }
        outcome(wave[index], failure);
    });
}

}  // namespace

std::string with_interruption(const std::string& details) {
    Json document = parse_json(details, "container details");
    document[kInterrupted] = true;
    return dump(document);
}

bool was_interrupted(const ContainerState& state) {
    return state.details.find(kInterrupted) != std::string::npos && bool_or(parse_json(state.details, "container details"), kInterrupted);
}

std::string without_interruption(const std::string& details) {
    Json document = parse_json(details, "container details");
    document.erase(kInterrupted);
    return dump(document);
}

bool starts_at_boot(const RestartPolicy& policy, const ContainerState& state) {
    const bool may_start = state.state == State::Stopped || state.state == State::Created;  // created: a start was cut short
    if (state.starts == 0 || !may_start) return false;
    switch (policy.kind) {
        case RestartKind::No: return false;
        case RestartKind::OnFailure: return was_interrupted(state);
        case RestartKind::UnlessStopped: return was_interrupted(state) || !state.stopped_by_user;
        case RestartKind::Always: return true;
    }
    return false;
}

std::vector<std::vector<ContainerRow>> in_dependency_order(std::vector<ContainerRow> rows) {
    std::vector<std::vector<ContainerRow>> waves;
    std::set<std::string> waiting;
    for (const auto& row : rows) waiting.insert(row.id);
    while (!rows.empty()) {
        const auto is_ready = [&](const ContainerRow& row) {
            const auto needs = needs_of(config_in(row));
            return std::none_of(needs.begin(), needs.end(), [&](const std::string& id) { return waiting.contains(id); });
        };
        auto later = std::stable_partition(rows.begin(), rows.end(), is_ready);
        if (later == rows.begin()) later = rows.end();
        waves.emplace_back(std::make_move_iterator(rows.begin()), std::make_move_iterator(later));
        rows.erase(rows.begin(), later);
        for (const auto& row : waves.back()) waiting.erase(row.id);
    }
    return waves;
}

void boot_containers(Runtime& runtime, const BootOutcome& outcome) {
    state::set_meta(runtime.db(), kBootRan, "1");
    std::vector<ContainerRow> wanted;
    for (auto& row : runtime.list()) {
        if (row.state.removal_due && row.state.state == State::Stopped && was_interrupted(row.state)) remove_leftover(runtime, row, outcome);
        else if (starts_at_boot(config_in(row).restart, row.state)) wanted.push_back(std::move(row));
    }
    for (const auto& wave : in_dependency_order(std::move(wanted))) start_wave(runtime, wave, outcome);
}

void shut_down_containers(Runtime& runtime, const BootOutcome& outcome) {
    std::vector<ContainerRow> wanted;
    for (auto& row : runtime.list()) {
        if (runs(row) && config_in(row).restart.kind != RestartKind::No) wanted.push_back(std::move(row));
    }
    auto waves = in_dependency_order(std::move(wanted));
    for (auto wave = waves.rbegin(); wave != waves.rend(); ++wave) stop_wave(runtime, *wave, outcome);
}

bool boot_is_installed(const Runtime& runtime) {
    if (state::meta_value(runtime.db(), kBootRan) == "1") return true;
    return ::access("/etc/systemd/system/multi-user.target.wants/skiff-boot.service", F_OK) == 0;
}

bool first_mention_of_boot(const Runtime& runtime) {
    if (state::meta_value(runtime.db(), kBootMentioned) == "1") return false;
    state::set_meta(runtime.db(), kBootMentioned, "1");
    return true;
}

}  // namespace skiff::libpod
