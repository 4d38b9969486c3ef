#include "libpod/spec/seccomp.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "libpod/spec/capabilities.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

SeccompArgument parse_argument(const Json& json) {
    SeccompArgument argument;
    argument.index = static_cast<std::uint32_t>(int_or(json, "index"));
    const auto number = [&](const char* key) {
        const Json* value = member(json, key);
        return value != nullptr && value->is_number_integer() ? value->get<std::uint64_t>() : 0;
    };
    argument.value = number("value");
    argument.value_two = number("valueTwo");
    argument.op = string_or(json, "op");
    return argument;
}

void parse_conditions(const Json& rule, SeccompRule& out) {
    const Json empty = Json::object();
    const auto table = [&](const char* key) { return member(rule, key) != nullptr ? *member(rule, key) : empty; };
    const Json with = table("includes");
    const Json without = table("excludes");
    out.with_capabilities = strings_or_empty(with, "caps");
    out.without_capabilities = strings_or_empty(without, "caps");
    out.with_architectures = strings_or_empty(with, "arches");
    out.without_architectures = strings_or_empty(without, "arches");
    out.least_kernel = string_or(with, "minKernel");
}

SeccompRule parse_rule(const Json& json) {
    SeccompRule rule;
    rule.names = strings_or_empty(json, "names");
    if (rule.names.empty() && member(json, "name") != nullptr) rule.names.push_back(string_or(json, "name"));
    rule.action = string_or(json, "action");
    if (member(json, "errnoRet") != nullptr) rule.errno_value = static_cast<std::uint32_t>(int_or(json, "errnoRet"));
    if (const Json* arguments = member(json, "args"); arguments != nullptr && arguments->is_array()) {
        for (const auto& argument : *arguments) rule.arguments.push_back(parse_argument(argument));
    }
    parse_conditions(json, rule);
    return rule;
}

bool all_held(const std::vector<std::string>& wanted, const std::vector<std::string>& held) {
    return std::all_of(wanted.begin(), wanted.end(), [&](auto& name) { return std::find(held.begin(), held.end(), name) != held.end(); });
}
bool any_held(const std::vector<std::string>& wanted, const std::vector<std::string>& held) {
    return std::any_of(wanted.begin(), wanted.end(), [&](auto& name) { return std::find(held.begin(), held.end(), name) != held.end(); });
}

bool kernel_is_at_least(const std::string& wanted, const HostFacts& host) {
    if (wanted.empty()) return true;
    const auto parts = split(wanted, '.');
    const auto major = parse_uint(parts[0]).value_or(0);
    const auto minor = parts.size() > 1 ? parse_uint(parts[1]).value_or(0) : 0;
    return std::pair<std::uint64_t, std::uint64_t>{host.kernel_major, host.kernel_minor} >= std::pair{major, minor};
}

bool holds(const SeccompRule& rule, const std::vector<std::string>& capabilities, const HostFacts& host) {
    const std::vector<std::string> here{host.architecture};
    return all_held(rule.with_capabilities, capabilities) && !any_held(rule.without_capabilities, capabilities) &&
           (rule.with_architectures.empty() || any_held(rule.with_architectures, here)) && !any_held(rule.without_architectures, here) &&
           kernel_is_at_least(rule.least_kernel, host);
}

std::string scmp_architecture(std::string_view go_name) {
    static constexpr std::array<std::pair<std::string_view, const char*>, 8> kNames{{{"amd64", "SCMP_ARCH_X86_64"},
                                                                                     {"386", "SCMP_ARCH_X86"},
                                                                                     {"arm64", "SCMP_ARCH_AARCH64"},
                                                                                     {"arm", "SCMP_ARCH_ARM"},
                                                                                     {"ppc64le", "SCMP_ARCH_PPC64LE"},
                                                                                     {"s390x", "SCMP_ARCH_S390X"},
                                                                                     {"riscv64", "SCMP_ARCH_RISCV64"},
                                                                                     {"mips64", "SCMP_ARCH_MIPS64"}}};
    for (const auto& [go, scmp] : kNames) {
        if (go == go_name) return scmp;
    }
    return {};
}

std::vector<std::string> architectures_for(const SeccompProfile& profile, const HostFacts& host) {
    const auto native = scmp_architecture(host.architecture);
    for (const auto& entry : profile.arch_map) {
        if (entry.name != native) continue;
        std::vector<std::string> all{native};
        all.insert(all.end(), entry.sub_architectures.begin(), entry.sub_architectures.end());
        return all;
    }
    return profile.architectures;
}

// The document is written as text: it is large, made at every start, and its words are checked to need no escapes.
void append_words(std::string& out, const std::vector<std::string>& words) {
    for (const auto& word : words) {
        out += &word == &words.front() ? "\"" : ",\"";
        out += word;
        out += '"';
    }
}

void append_rule(std::string& out, const SeccompRule& rule) {
    out += "{\"names\":[";
    append_words(out, rule.names);
    out += concat("],\"action\":\"", rule.action, "\"");
    if (rule.errno_value) out += concat(",\"errnoRet\":", *rule.errno_value);
    if (!rule.arguments.empty()) {
        out += ",\"args\":[";
        for (const auto& argument : rule.arguments) {
            if (&argument != &rule.arguments.front()) out += ',';
            out += concat("{\"index\":", argument.index, ",\"value\":", argument.value, ",\"valueTwo\":", argument.value_two,
                          ",\"op\":\"", argument.op, "\"}");
        }
        out += ']';
    }
    out += '}';
}

bool is_word(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}
bool are_words(const std::vector<std::string>& words) { return std::all_of(words.begin(), words.end(), is_word); }

void check_words(const SeccompProfile& profile, std::string_view file) {
    const bool rules_fit = std::all_of(profile.rules.begin(), profile.rules.end(), [](const auto& rule) {
        return !rule.names.empty() && are_words(rule.names) && is_word(rule.action) &&
               std::all_of(rule.arguments.begin(), rule.arguments.end(), [](auto& argument) { return is_word(argument.op) && argument.index < 6; });
    });
    const bool fits = rules_fit && is_word(profile.default_action) && are_words(profile.architectures) && are_words(profile.flags) &&
                      std::all_of(profile.arch_map.begin(), profile.arch_map.end(), [](auto& arch) { return are_words(arch.sub_architectures); });
    if (!fits) throw Error{ErrorKind::Invalid, concat("seccomp profile ", quote(file), ": a rule lacks a name or action, or has a malformed word")};
}

}  // namespace

SeccompProfile parse_seccomp_profile(std::string_view text, std::string_view file) {
    const Json json = parse_json(text, concat("seccomp profile ", quote(file)));
    SeccompProfile profile;
    profile.default_action = string_or(json, "defaultAction");
    if (member(json, "defaultErrnoRet") != nullptr) profile.default_errno = static_cast<std::uint32_t>(int_or(json, "defaultErrnoRet"));
    profile.architectures = strings_or_empty(json, "architectures");
    profile.flags = strings_or_empty(json, "flags");
    profile.listener_path = string_or(json, "listenerPath");
    profile.listener_metadata = string_or(json, "listenerMetadata");
    if (const Json* map = member(json, "archMap"); map != nullptr && map->is_array()) {
        for (const auto& entry : *map) profile.arch_map.push_back({string_or(entry, "architecture"), strings_or_empty(entry, "subArchitectures")});
    }
    if (const Json* rules = member(json, "syscalls"); rules != nullptr && rules->is_array()) {
        for (const auto& rule : *rules) profile.rules.push_back(parse_rule(rule));
    }
    check_words(profile, file);
    return profile;
}

std::string resolve_seccomp(const SeccompProfile& profile, const std::vector<std::string>& capabilities, const HostFacts& host) {
    std::string out;
    out.reserve(16384);
    out += concat("{\"defaultAction\":\"", profile.default_action, "\"");
    if (profile.default_errno) out += concat(",\"defaultErrnoRet\":", *profile.default_errno);
    out += ",\"architectures\":[";
    append_words(out, architectures_for(profile, host));
    out += "]";
    if (!profile.flags.empty()) {
        out += ",\"flags\":[";
        append_words(out, profile.flags);
        out += "]";
    }
    if (!profile.listener_path.empty()) {
        out += concat(",\"listenerPath\":", Json(profile.listener_path).dump(), ",\"listenerMetadata\":", Json(profile.listener_metadata).dump());
    }
    out += ",\"syscalls\":[";
    bool first = true;
    for (const auto& rule : profile.rules) {
        if (!holds(rule, capabilities, host)) continue;
        if (!first) out += ',';
        first = false;
        append_rule(out, rule);
    }
    return out += "]}";
}

namespace {

constexpr std::array<const char*, 2> kProfileFiles{"/etc/containers/seccomp.json", "/usr/share/containers/seccomp.json"};

}  // namespace

std::string default_seccomp_file() {
    const auto found = std::find_if(kProfileFiles.begin(), kProfileFiles.end(), [](const char* path) { return ::access(path, R_OK) == 0; });
    return found == kProfileFiles.end() ? std::string{} : *found;
}

std::string seccomp_for(const ContainerConfig& config, const HostFacts& host) {
    constexpr std::size_t kLimit = 4U << 20;
    const auto& wanted = config.security.seccomp_profile;
    if (wanted == "unconfined" || (wanted.empty() && config.privileged)) return {};
    const auto held = bounding_capabilities(config, host);
    if (!wanted.empty()) return resolve_seccomp(parse_seccomp_profile(read_file(wanted, kLimit), wanted), held, host);
    for (const auto* path : kProfileFiles) {
        if (const auto text = read_file_if_exists_at(AT_FDCWD, path, kLimit)) return resolve_seccomp(parse_seccomp_profile(*text, path), held, host);
    }
    return resolve_seccomp(builtin_seccomp_profile(), held, host);
}

}  // namespace skiff::libpod
