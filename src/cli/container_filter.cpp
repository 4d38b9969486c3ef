#include "cli/container_filter.h"

#include <regex.h>

#include <algorithm>
#include <memory>
#include <set>

#include "image/image_store.h"
#include "libpod/container.h"
#include "libpod/health_state.h"
#include "libpod/listed_config.h"
#include "libpod/networks.h"
#include "libpod/runtime.h"
#include "libpod/state.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

using Test = ContainerFilter::Test;
using libpod::ListedConfig;
using libpod::Runtime;
using libpod::State;

[[noreturn]] void refuse(const std::string& key, const std::string& value, const std::string& hint) {
    throw Error{ErrorKind::Invalid, concat("--filter ", key, ": ", quote(value), " is not a value for it"), hint};
}

Test regex_test(const std::string& key, const std::string& pattern,
                std::function<bool(const ContainerFacts&, const regex_t&)> use) {
    const std::shared_ptr<regex_t> compiled{new regex_t{}, [](regex_t* regex) {
                                                ::regfree(regex);
                                                delete regex;
                                            }};
    if (::regcomp(compiled.get(), pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
        refuse(key, pattern, "a regular expression");
    }
    return [compiled, use = std::move(use)](const ContainerFacts& container) { return use(container, *compiled); };
}

bool found_in(const regex_t& regex, const std::string& text) {
    return ::regexec(&regex, text.c_str(), 0, nullptr, 0) == 0;
}

Test id_test(Runtime&, const std::string& key, const std::string& value) {
    if (is_hex(value)) {
        return [value](const ContainerFacts& container) { return container.row().id.starts_with(value); };
    }
    return regex_test(key, value, [](const ContainerFacts& container, const regex_t& regex) {
        return found_in(regex, container.row().id);
    });
}

Test name_test(Runtime&, const std::string& key, const std::string& value) {
    return regex_test(key, value, [](const ContainerFacts& container, const regex_t& regex) {
        return found_in(regex, container.row().name);
    });
}

bool has_label(const ListedConfig& config, const std::string& wanted) {
    const auto pair = split_once(wanted, '=');
    const auto found = config.labels.find(pair ? pair->first : wanted);
    return found != config.labels.end() && (!pair || found->second == pair->second);
}

Test label_test(Runtime&, const std::string&, const std::string& value) {
    return [value](const ContainerFacts& container) { return has_label(container.config(), value); };
}

Test no_label_test(Runtime&, const std::string&, const std::string& value) {
    return [value](const ContainerFacts& container) { return !has_label(container.config(), value); };
}

Test status_test(Runtime&, const std::string& key, const std::string& value) {
    static const std::map<std::string, std::set<State>> kByWord = {
        {"created", {State::Configured}},     {"configured", {State::Configured}},
        {"initialized", {State::Created}},    {"running", {State::Running}},
        {"paused", {State::Paused}},          {"stopping", {State::Stopping}},
        {"exited", {State::Stopped}},         {"stopped", {State::Stopped}},
        {"removing", {State::Removing}},      {"unknown", {State::Unknown}},
    };
    const auto word = kByWord.find(lower(value));
    if (word == kByWord.end()) refuse(key, value, "created, initialized, running, paused, stopping, exited, removing, unknown");
    return [states = word->second](const ContainerFacts& container) { return states.contains(container.row().state.state); };
}

Test exited_test(Runtime&, const std::string& key, const std::string& value) {
    const auto code = parse_int(value);
    if (!code) refuse(key, value, "an exit code");
    return [code = *code](const ContainerFacts& container) {
        const auto& state = container.row().state;
        return state.state == State::Stopped && state.exit_code == code;
    };
}

// Images built on the named one count too: their layers begin with all of its layers.
Test ancestor_test(Runtime& runtime, const std::string&, const std::string& value) {
    auto ids = std::make_shared<std::set<std::string>>();
    if (const auto found = runtime.images().try_resolve(value)) {
        const auto layers = runtime.images().get(found->id).parsed_config().diff_ids;
        for (const auto& image : runtime.images().list()) {
            const auto others = image.parsed_config().diff_ids;
            if (image.id == found->id || (!layers.empty() && others.size() >= layers.size() &&
                                          std::equal(layers.begin(), layers.end(), others.begin()))) {
                ids->insert(image.id);
            }
        }
    }
    return [ids](const ContainerFacts& container) {
        return container.row().image_id && ids->contains(*container.row().image_id);
    };
}

Test before_test(Runtime& runtime, const std::string&, const std::string& value) {
    const UnixNanos limit = runtime.find(value).row().created_at;
    return [limit](const ContainerFacts& container) { return container.row().created_at < limit; };
}

Test since_test(Runtime& runtime, const std::string&, const std::string& value) {
    const UnixNanos limit = runtime.find(value).row().created_at;
    return [limit](const ContainerFacts& container) { return container.row().created_at > limit; };
}

Test until_test(Runtime&, const std::string& key, const std::string& value) {
    const auto limit = parse_time_or_ago(value, now_nanos());
    if (!limit) refuse(key, value, "a time, a date or a duration ago");
    return [limit = *limit](const ContainerFacts& container) { return container.row().created_at < limit; };
}

Test volume_test(Runtime&, const std::string&, const std::string& value) {
    return [value](const ContainerFacts& container) {
        return std::ranges::any_of(container.config().mounts, [&](const libpod::MountConfig& mount) {
            return mount.source == value || mount.destination == value;
        });
    };
}

std::string network_mode(const ListedConfig& config) {
    switch (config.namespaces.network.kind) {
        case libpod::NamespaceKind::Host: return "host";
        case libpod::NamespaceKind::Container: return concat("container:", config.namespaces.network.value);
        case libpod::NamespaceKind::Path: return concat("ns:", config.namespaces.network.value);
        case libpod::NamespaceKind::Bridge: return "bridge";
        case libpod::NamespaceKind::Private:
        case libpod::NamespaceKind::Shareable:
        case libpod::NamespaceKind::Default:
        case libpod::NamespaceKind::None: return "none";
    }
    return {};
}

Test network_test(Runtime& runtime, const std::string&, const std::string& value) {
    auto names = std::make_shared<libpod::NetworkNames>(libpod::network_names(runtime.db()));
    std::string name = value;
    try {
        name = network::find_network(runtime.db(), value).name;  // it may be given by its ID
    } catch (const Error&) {
        // Then it is a mode, or no container has it.
    }
    return [value, name, names](const ContainerFacts& container) {
        if (network_mode(container.config()) == value) return true;
        const auto found = names->find(container.row().id);
        return found != names->end() && std::ranges::find(found->second, name) != found->second.end();
    };
}

Test pod_test(Runtime&, const std::string&, const std::string& value) {
    return [value](const ContainerFacts& container) {
        return container.row().pod_id && container.row().pod_id->starts_with(value);
    };
}

Test health_test(Runtime& runtime, const std::string& key, const std::string& value) {
    static const std::set<std::string> kWords = {"none", "starting", "healthy", "unhealthy", "stopped"};
    if (!kWords.contains(value)) refuse(key, value, "none, starting, healthy, unhealthy");
    return [value, statuses = libpod::read_health_statuses(runtime.db())](const ContainerFacts& container) {
        const auto found = statuses.find(container.row().id);
        if (value == "stopped") return found != statuses.end() && container.row().state.state != libpod::State::Running;
        return (found == statuses.end() ? "none" : found->second) == value;
    };
}

std::string_view policy_name(libpod::RestartKind kind) {
    switch (kind) {
        case libpod::RestartKind::No: return "no";
        case libpod::RestartKind::OnFailure: return "on-failure";
        case libpod::RestartKind::Always: return "always";
        case libpod::RestartKind::UnlessStopped: return "unless-stopped";
    }
    return {};
}

Test restart_policy_test(Runtime&, const std::string& key, const std::string& value) {
    static const std::set<std::string> kWords = {"no", "never", "none", "on-failure", "always", "unless-stopped"};
    if (!kWords.contains(value)) refuse(key, value, "no, on-failure, always, unless-stopped");
    const std::string wanted = value == "never" || value == "none" ? "no" : value;
    return [wanted](const ContainerFacts& container) { return policy_name(container.config().restart.kind) == wanted; };
}

Test command_test(Runtime&, const std::string& key, const std::string& value) {
    return regex_test(key, value, [](const ContainerFacts& container, const regex_t& regex) {
        const auto argv = container.config().argv();
        return !argv.empty() && found_in(regex, join(argv, " "));
    });
}

Test boot_test(Runtime&, const std::string& key, const std::string& value) {
    if (value != "true" && value != "false") refuse(key, value, "true or false");
    return [wanted = value == "true"](const ContainerFacts& container) {
        const auto kind = container.config().restart.kind;
        const bool stopped = container.row().state.stopped_by_user;
        const bool starts = kind == libpod::RestartKind::Always || (kind == libpod::RestartKind::UnlessStopped && !stopped);
        return starts == wanted;
    };
}

struct Key {
    std::string_view name;
    Test (*make)(Runtime&, const std::string& key, const std::string& value);
    bool all = false;  ///< every value must match, not one
};

constexpr Key kKeys[] = {
    {"ancestor", ancestor_test},
    {"before", before_test},
    {"command", command_test},
    {"exited", exited_test},
    {"health", health_test},
    {"id", id_test},
    {"label", label_test, true},
    {"label!", no_label_test, true},
    {"name", name_test},
    {"network", network_test},
    {"pod", pod_test},
    {"restart-policy", restart_policy_test},
    {"should-start-on-boot", boot_test},
    {"since", since_test},
    {"status", status_test},
    {"until", until_test},
    {"volume", volume_test},
};

const Key& key_named(const std::string& name) {
    for (const Key& key : kKeys) {
        if (key.name == name) return key;
    }
    throw Error{ErrorKind::Invalid, concat("--filter: no key ", quote(name)), join(container_filter_keys(), ", ")};
}

}  // namespace

const ListedConfig& ContainerFacts::config() const {
    if (!config_) config_ = std::make_shared<const ListedConfig>(libpod::read_listed_config(row_.config));
    return *config_;
}

ContainerFilter::ContainerFilter(Runtime& runtime, const std::vector<std::string>& filters) {
    for (const std::string& filter : filters) {
        auto pair = split_once(filter, '=');
        if (!pair) throw Error{ErrorKind::Invalid, concat("--filter ", quote(filter), " has no value"), "KEY=VALUE"};
        const Key& key = key_named(pair->first);
        Test test = key.make(runtime, pair->first, pair->second);
        if (key.all) all_of_.push_back(std::move(test));
        else any_of_[pair->first].push_back(std::move(test));
        names_state_ = names_state_ || key.name == "status" || key.name == "exited";
    }
}

bool ContainerFilter::matches(const ContainerFacts& container) const {
    const auto passes = [&](const Test& test) { return test(container); };
    return std::ranges::all_of(all_of_, passes) &&
           std::ranges::all_of(any_of_, [&](const auto& key) { return std::ranges::any_of(key.second, passes); });
}

const std::vector<std::string>& container_filter_keys() {
    static const std::vector<std::string> kNames = [] {
        std::vector<std::string> names;
        for (const Key& key : kKeys) names.emplace_back(key.name);
        return names;
    }();
    return kNames;
}

}  // namespace skiff::cli
