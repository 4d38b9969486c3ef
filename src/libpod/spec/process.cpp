#include <algorithm>
#include <array>
#include <set>

#include "libpod/spec/capabilities.h"
#include "libpod/spec/make_spec.h"
#include "libpod/spec/parts.h"
#include "util/error.h"
#include "util/log.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr const char* kInitStub = "/run/skiff-init";
constexpr const char* kDefaultTerm = "xterm";

/// The environment in order; a later value takes the place of an earlier one of the same name.
class Environment {
public:
    explicit Environment(std::vector<std::string> entries) : entries_{std::move(entries)} {}

    void set(const std::string& entry) {
        if (auto* known = find(entry.substr(0, entry.find('=')))) *known = entry;
        else entries_.push_back(entry);
    }
    void set_if_absent(std::string_view name, std::string_view value) {
        if (find(name) == nullptr) entries_.push_back(concat(name, "=", value));
    }
    std::vector<std::string> take() { return std::move(entries_); }

private:
    std::string* find(std::string_view name) {
        const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const std::string& entry) {
            return entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name);
        });
        return found == entries_.end() ? nullptr : &*found;
    }
    std::vector<std::string> entries_;
};

std::vector<std::string> environment_of(const ContainerConfig& config, const SpecInputs& inputs) {
    Environment env{config.env};
    if (config.terminal) env.set_if_absent("TERM", kDefaultTerm);
    env.set_if_absent("HOME", inputs.user.home);
    if (!inputs.hostname.empty()) env.set_if_absent("HOSTNAME", inputs.hostname);
    if (config.integration.systemd) env.set(concat("container_uuid=", config.id.substr(0, 32)));
    if (!inputs.notify_dir.empty()) env.set("NOTIFY_SOCKET=/run/notify/notify.sock");
    for (const auto& entry : inputs.env) env.set(entry);
    return env.take();
}

Json user_part(const ContainerConfig& config, const ResolvedUser& user) {
    Json out{{"uid", user.uid}, {"gid", user.gid}, {"umask", std::stoul(config.umask, nullptr, 8)}};
    // The primary group is among the supplementary ones, as after a login: what a file denies to that group stays denied
    // when the process changes its primary group (CVE-2022-2989).
    std::set<gid_t> groups{user.groups.begin(), user.groups.end()};
    groups.insert(user.gid);
    out["additionalGids"] = groups;
    return out;
}

/// -1 is the kernel's "infinity" in the specification too: an unsigned number with all bits set.
std::uint64_t limit_value(std::int64_t value) { return value < 0 ? ~0ULL : static_cast<std::uint64_t>(value); }

Json rlimit(std::string_view name, std::int64_t soft, std::int64_t hard) {
    std::string type{"RLIMIT_"};
    for (const char c : name) type += static_cast<char>(c - 'a' + 'A');
    return {{"type", type}, {"soft", limit_value(soft)}, {"hard", limit_value(hard)}};
}

struct DefaultLimit {
    const char* name;
    std::int64_t value;
    std::int64_t HardLimits::*ceiling;
};
/// podman's defaults.
constexpr std::array<DefaultLimit, 2> kDefaultLimits{{{"nofile", 1048576, &HardLimits::nofile}, {"nproc", 4194304, &HardLimits::nproc}}};

bool is_above(std::int64_t value, std::int64_t ceiling) { return ceiling >= 0 && (value < 0 || value > ceiling); }

/// Where the host's hard limit is lower and cannot be raised, that is what the container gets, with a warning.
Ulimit clamped(Ulimit limit, const HostFacts& host) {
    for (const auto& known : kDefaultLimits) {
        const auto ceiling = host.limits.*known.ceiling;
        if (limit.name != known.name || host.limits.may_raise || !is_above(limit.hard, ceiling)) continue;
        log::warn(concat("ulimit ", limit.name, ": this process may not raise its hard limit above ", ceiling, ", using that, ignoring"));
        limit.hard = ceiling;
        if (is_above(limit.soft, ceiling)) limit.soft = ceiling;
    }
    return limit;
}

Json rlimits_part(const ContainerConfig& config, const HostFacts& host) {
    Json out = Json::array();
    for (const auto& limit : config.ulimits) {
        const Ulimit allowed = clamped(limit, host);
        out.push_back(rlimit(allowed.name, allowed.soft, allowed.hard));
    }
    for (const auto& limit : default_limits(config, host)) out.push_back(rlimit(limit.name, limit.soft, limit.hard));
    return out;
}

std::vector<std::string> arguments_of(const ContainerConfig& config) {
    auto argv = argv_of(config);
    if (config.init) argv.insert(argv.begin(), {kInitStub, "--"});
    return argv;
}

void set_confinement(const ContainerConfig& config, const HostFacts& host, bool privileged, Json& process) {
    const auto& profile = config.security.apparmor_profile;
    if (config.security.no_new_privileges) process["noNewPrivileges"] = true;
    if (profile.empty() || profile == "unconfined" || privileged) return;
    if (!host.apparmor) throw Error{ErrorKind::Unsupported, concat("AppArmor profile ", quote(profile), ": AppArmor is not enabled on this host")};
    process["apparmorProfile"] = profile;
}

/// Labels need no work where SELinux is off; where it is on, containers run unlabelled and a label asked for is refused.
void check_labels(const ContainerConfig& config, const HostFacts& host) {
    const auto& labels = config.security.label;
    const bool wanted = std::any_of(labels.begin(), labels.end(), [](auto& label) { return label != "disable" && label != "nested"; });
    if (wanted && host.selinux) throw Error{ErrorKind::Unsupported, "--security-opt label: SELinux labels are not supported"};
}

}  // namespace

std::vector<Ulimit> default_limits(const ContainerConfig& config, const HostFacts& host) {
    std::vector<Ulimit> out;
    if (config.ulimit_host) return out;
    for (const auto& limit : kDefaultLimits) {
        const bool said = std::any_of(config.ulimits.begin(), config.ulimits.end(), [&](auto& other) { return other.name == limit.name; });
        if (said) continue;
        // A default is an offer: where the host's hard limit is lower and cannot be raised, that is what the container gets.
        const auto ceiling = host.limits.*limit.ceiling;
        const auto value = !host.limits.may_raise && is_above(limit.value, ceiling) ? ceiling : limit.value;
        out.push_back({limit.name, value, value});
    }
    return out;
}

Json process_part(const ContainerConfig& config, const SpecInputs& inputs) {
    check_labels(config, inputs.host);
    Json process{{"user", user_part(config, inputs.user)},
                 {"args", arguments_of(config)},
                 {"env", environment_of(config, inputs)},
                 {"cwd", config.work_dir},
                 {"rlimits", rlimits_part(config, inputs.host)}};
    if (config.terminal) process["terminal"] = true;
    process["capabilities"] = capability_sets(bounding_capabilities(config, inputs.host), added_capabilities(config, inputs.host), inputs.user.uid);
    if (config.oom_score_adj) process["oomScoreAdj"] = *config.oom_score_adj;
    set_confinement(config, inputs.host, config.privileged, process);
    return process;
}

Json make_exec_process(const ContainerConfig& config, const ResolvedUser& user, const HostFacts& host, const ExecConfig& exec) {
    if (exec.command.empty()) throw Error{ErrorKind::Invalid, "no command is given"};
    Environment env{config.env};
    if (exec.terminal) env.set_if_absent("TERM", kDefaultTerm);
    env.set_if_absent("HOME", user.home);
    if (!config.hostname.empty()) env.set_if_absent("HOSTNAME", config.hostname);
    else if (config.namespaces.uts.kind == NamespaceKind::Private) env.set_if_absent("HOSTNAME", config.id.substr(0, 12));
    for (const auto& entry : exec.env) env.set(entry);
    Json process{{"user", user_part(config, user)},
                 {"args", exec.command},
                 {"env", env.take()},
                 {"cwd", exec.work_dir.empty() ? config.work_dir : exec.work_dir},
                 {"rlimits", rlimits_part(config, host)}};
    if (exec.terminal) process["terminal"] = true;
    const auto bounding = exec.privileged ? host_capabilities(host) : bounding_capabilities(config, host);
    // What --cap-add gave to the container's own user is not for another one.
    const auto of_user = exec.user_given ? std::vector<std::string>{} : added_capabilities(config, host);
    process["capabilities"] = capability_sets(bounding, of_user, user.uid);
    set_confinement(config, host, config.privileged || exec.privileged, process);
    return process;
}

}  // namespace skiff::libpod
