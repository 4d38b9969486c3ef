#include "oci/native/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "oci/native/errors.h"
#include "oci/native/seccomp_condense.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/text.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

namespace skiff::oci::native {
namespace {

struct SeccompWord {
    const char* name;
    std::uint32_t value;
};

constexpr std::array<SeccompWord, 9> kActions = {{
    {"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD},
    {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
    {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
    {"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
    {"SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0)},
    {"SCMP_ACT_TRACE", SCMP_ACT_TRACE(0)},
    {"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
    {"SCMP_ACT_LOG", SCMP_ACT_LOG},
    {"SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY},
}};

constexpr std::array<SeccompWord, 7> kOperators = {{
    {"SCMP_CMP_NE", SCMP_CMP_NE}, {"SCMP_CMP_LT", SCMP_CMP_LT}, {"SCMP_CMP_LE", SCMP_CMP_LE},
    {"SCMP_CMP_EQ", SCMP_CMP_EQ}, {"SCMP_CMP_GE", SCMP_CMP_GE}, {"SCMP_CMP_GT", SCMP_CMP_GT},
    {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
}};

constexpr std::array<SeccompWord, 20> kArchitectures = {{
    {"SCMP_ARCH_X86", SCMP_ARCH_X86}, {"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64}, {"SCMP_ARCH_X32", SCMP_ARCH_X32},
    {"SCMP_ARCH_ARM", SCMP_ARCH_ARM}, {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64}, {"SCMP_ARCH_MIPS", SCMP_ARCH_MIPS},
    {"SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64}, {"SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32},
    {"SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL}, {"SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64},
    {"SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32}, {"SCMP_ARCH_PPC", SCMP_ARCH_PPC},
    {"SCMP_ARCH_PPC64", SCMP_ARCH_PPC64}, {"SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE}, {"SCMP_ARCH_S390", SCMP_ARCH_S390},
    {"SCMP_ARCH_S390X", SCMP_ARCH_S390X}, {"SCMP_ARCH_PARISC", SCMP_ARCH_PARISC},
    {"SCMP_ARCH_PARISC64", SCMP_ARCH_PARISC64}, {"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64},
    {"SCMP_ARCH_NATIVE", SCMP_ARCH_NATIVE},
}};

constexpr std::array<SeccompWord, 4> kFilterFlags = {{
    {"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
    {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
}};

template <std::size_t Count>
std::uint32_t value_of(const std::array<SeccompWord, Count>& table, const std::string& word, std::string_view what) {
    for (const SeccompWord& entry : table) {
        if (word == entry.name) return entry.value;
    }
    throw ConfigInvalid{concat("config: linux.seccomp has the unknown ", what, " ", quote(word))};
}

template <std::size_t Count>
std::vector<std::string> names_in(const std::array<SeccompWord, Count>& table) {
    std::vector<std::string> names;
    for (const SeccompWord& entry : table) names.emplace_back(entry.name);
    return names;
}

std::uint32_t action_of(const std::string& word, const std::optional<std::uint32_t>& errno_ret) {
    const std::uint32_t action = value_of(kActions, word, "action");
    if (word == "SCMP_ACT_ERRNO") return SCMP_ACT_ERRNO(errno_ret.value_or(EPERM));
    if (word == "SCMP_ACT_TRACE") return SCMP_ACT_TRACE(errno_ret.value_or(EPERM));
    if (errno_ret) throw ConfigInvalid{concat("config: linux.seccomp: errnoRet does not go with ", word)};
    return action;
}

using Filter = std::unique_ptr<void, void (*)(scmp_filter_ctx)>;

[[noreturn]] void fail(int result, std::string_view what) {
    throw ConfigInvalid{concat("config: linux.seccomp: ", what, ": ", errno_text(-result))};
}

void add_rule(scmp_filter_ctx filter, const SeccompRule& rule, std::uint32_t action, int call) {
    std::vector<scmp_arg_cmp> comparisons;
    bool repeated = false;
    for (const SeccompArg& arg : rule.args) {
        for (const scmp_arg_cmp& other : comparisons) repeated = repeated || other.arg == arg.index;
        comparisons.push_back({arg.index, static_cast<scmp_compare>(value_of(kOperators, arg.op, "operator")), arg.value, arg.value_two});
    }
    if (!repeated) {
        const int result = seccomp_rule_add_array(filter, action, call, static_cast<unsigned>(comparisons.size()), comparisons.data());
        // Several profiles name a call twice with the same outcome, or an outcome that is the default's.
        if (result < 0 && result != -EEXIST && result != -EACCES) fail(result, "adding a rule");
        return;
    }
    // libseccomp takes an argument once per rule: comparisons of the same one are alternatives.
    for (const scmp_arg_cmp& comparison : comparisons) {
        const int result = seccomp_rule_add_array(filter, action, call, 1, &comparison);
        if (result < 0 && result != -EEXIST && result != -EACCES) fail(result, "adding a rule");
    }
}

void add_rules(scmp_filter_ctx filter, const Seccomp& profile, std::uint32_t default_action, SeccompProgram& program) {
    for (const SeccompRule& rule : profile.syscalls) {
        const std::uint32_t action = action_of(rule.action, rule.errno_ret);
        if (action == SCMP_ACT_NOTIFY) program.notify = true;
        if (action == default_action) continue;
        for (const std::string& name : rule.names) {
            const int call = seccomp_syscall_resolve_name(name.c_str());
            if (call == __NR_SCMP_ERROR && profile.fail_unknown_syscalls) {
                throw ConfigInvalid{concat("config: linux.seccomp has the unknown system call ", quote(name))};
            }
            if (call == __NR_SCMP_ERROR) continue;  // of another architecture or a newer kernel: the default holds
            add_rule(filter, rule, action, call);
        }
    }
}

void add_architectures(scmp_filter_ctx filter, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        const int result = seccomp_arch_add(filter, value_of(kArchitectures, name, "architecture"));
        if (result < 0 && result != -EEXIST) fail(result, concat("adding architecture ", name));
    }
}

std::vector<sock_filter> export_program(scmp_filter_ctx filter) {
    const UniqueFd file = make_memfd("seccomp", {}, false);
    if (const int result = seccomp_export_bpf(filter, file.get()); result < 0) fail(result, "making the filter program");
    if (::lseek(file.get(), 0, SEEK_SET) != 0) throw SystemError{errno, "reading the filter program"};
    const std::string bytes = read_all(file.get(), sizeof(sock_filter) * BPF_MAXINSNS, "the filter program");
    std::vector<sock_filter> program(bytes.size() / sizeof(sock_filter));
    std::copy_n(bytes.data(), program.size() * sizeof(sock_filter), reinterpret_cast<char*>(program.data()));
    return program;
}

}  // namespace

SeccompProgram compile_seccomp(const Seccomp& profile) {
    SeccompProgram program;
    const std::uint32_t default_action = action_of(profile.default_action, profile.default_errno_ret);
    if (default_action == SCMP_ACT_NOTIFY) throw ConfigInvalid{"config: linux.seccomp: SCMP_ACT_NOTIFY cannot be the default action"};
    for (const std::string& flag : profile.flags) program.flags |= value_of(kFilterFlags, flag, "flag");
    const Filter filter{seccomp_init(default_action), seccomp_release};
    if (!filter) throw SystemError{ENOMEM, "making a seccomp filter"};
    seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a binary tree: calls cost less where it cannot be condensed
    add_architectures(filter.get(), profile.architectures);
    add_rules(filter.get(), profile, default_action, program);
    if (program.notify && profile.listener_path.empty()) {
        throw ConfigInvalid{"config: linux.seccomp: SCMP_ACT_NOTIFY needs listenerPath"};
    }
    if (program.notify) program.flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
    program.instructions = condensed(export_program(filter.get()));
    return program;
}

bool allows_always(const Seccomp& profile, std::string_view name) {
    const auto passes = [](const std::string& action) { return action == "SCMP_ACT_ALLOW" || action == "SCMP_ACT_LOG"; };
    bool allowed = passes(profile.default_action);
    for (const SeccompRule& rule : profile.syscalls) {
        if (std::find(rule.names.begin(), rule.names.end(), name) == rule.names.end()) continue;
        if (!passes(rule.action) || !rule.args.empty()) return false;
        allowed = true;
    }
    return allowed;
}

bool lets_stub_wait(const Seccomp& profile) {
    const auto calls = {"read", "close", "write", "capset", "exit_group"};
    return std::all_of(calls.begin(), calls.end(), [&](const char* name) { return allows_always(profile, name); });
}

SeccompWords seccomp_words() {
    return {names_in(kActions), names_in(kOperators), names_in(kArchitectures), names_in(kFilterFlags)};
}

}  // namespace skiff::oci::native
