#include <doctest/doctest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/wait.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <random>
#include <vector>

#include "oci/native/seccomp_condense.h"
#include "util/fd.h"
#include "util/process.h"

using namespace skiff;
using oci::native::condensed;

namespace {

using Program = std::vector<sock_filter>;

/// As the kernel does it: nullopt when the program runs out of bounds. Source: networking/filter.rst.
std::optional<std::uint32_t> run(const Program& program, const seccomp_data& data) {
    std::uint32_t held = 0;
    for (std::size_t at = 0; at < program.size(); ++at) {
        const sock_filter& step = program[at];
        switch (step.code) {
            case BPF_RET | BPF_K: return step.k;
            case BPF_LD | BPF_W | BPF_ABS:
                if (step.k + sizeof held > sizeof data) return std::nullopt;
                std::memcpy(&held, reinterpret_cast<const char*>(&data) + step.k, sizeof held);
                break;
            case BPF_ALU | BPF_AND | BPF_K: held &= step.k; break;
            case BPF_JMP | BPF_JA: at += step.k; break;
            case BPF_JMP | BPF_JEQ | BPF_K: at += held == step.k ? step.jt : step.jf; break;
            case BPF_JMP | BPF_JGE | BPF_K: at += held >= step.k ? step.jt : step.jf; break;
            case BPF_JMP | BPF_JGT | BPF_K: at += held > step.k ? step.jt : step.jf; break;
            case BPF_JMP | BPF_JSET | BPF_K: at += (held & step.k) != 0 ? step.jt : step.jf; break;
            default: return std::nullopt;
        }
    }
    return std::nullopt;
}

using Random = std::mt19937;

std::uint64_t some_number(Random& random) {
    switch (random() % 5) {
        case 0: return random() % 4;
        case 1: return std::uint64_t{random()} << 32;
        case 2: return (std::uint64_t{random()} << 32) | random();
        case 3: return ~std::uint64_t{0} - random() % 3;
        default: return random();
    }
}

struct Profile {
    Program program;
    std::vector<std::uint64_t> numbers;  ///< that its conditions name
};

void add_rule(scmp_filter_ctx filter, Random& random, Profile& profile) {
    const std::uint32_t actions[] = {SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(1), SCMP_ACT_ERRNO(38), SCMP_ACT_KILL_PROCESS, SCMP_ACT_LOG};
    const std::uint32_t action = actions[random() % 5];
    const int call = static_cast<int>(random() % 470);
    std::vector<scmp_arg_cmp> comparisons;
    for (unsigned argument = 0; argument < 6 && random() % 4 == 0; ++argument) {
        const auto number = some_number(random);
        profile.numbers.push_back(number);
        comparisons.push_back({argument, static_cast<scmp_compare>(1 + random() % 7), number, some_number(random)});
    }
    seccomp_rule_add_array(filter, action, call, static_cast<unsigned>(comparisons.size()), comparisons.data());  // refused: not there
}

Program exported(scmp_filter_ctx filter) {
    const UniqueFd file = make_memfd("filter", {}, false);
    REQUIRE(seccomp_export_bpf(filter, file.get()) == 0);
    ::lseek(file.get(), 0, SEEK_SET);
    const std::string bytes = read_all(file.get(), 1U << 20, "filter");
    Program program(bytes.size() / sizeof(sock_filter));
    std::memcpy(program.data(), bytes.data(), program.size() * sizeof(sock_filter));
    return program;
}

Profile random_profile(Random& random) {
    Profile profile;
    scmp_filter_ctx filter = seccomp_init(random() % 2 == 0 ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(1));
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 1 + random() % 2);
    constexpr std::uint32_t kKnown[] = {SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32, SCMP_ARCH_AARCH64};
    for (const std::uint32_t architecture : kKnown) {
        if (random() % 2 == 0) seccomp_arch_add(filter, architecture);
    }
    const std::uint32_t common = random() % 2 == 0 ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(38);
    const bool is_dense = random() % 4 != 0;
    for (int call = 0; is_dense && call < 460; ++call) {
        if (random() % 12 != 0) seccomp_rule_add(filter, common, call, 0);
    }
    for (unsigned rules = random() % (is_dense ? 40 : 500); rules > 0; --rules) add_rule(filter, random, profile);
    profile.program = exported(filter);
    seccomp_release(filter);
    return profile;
}

seccomp_data random_data(Random& random, const Profile& profile) {
    seccomp_data data{};
    const std::uint32_t architectures[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, AUDIT_ARCH_X86_64 + 1, 0, ~0U};
    data.arch = architectures[random() % (random() % 4 == 0 ? 6 : 3)];
    const std::uint32_t calls[] = {static_cast<std::uint32_t>(random() % 480), static_cast<std::uint32_t>(0x40000000 + random() % 480),
                                   static_cast<std::uint32_t>(random()), ~0U, 0x3fffffff};
    data.nr = static_cast<int>(calls[random() % (random() % 4 == 0 ? 5 : 2)]);
    for (auto& argument : data.args) {
        argument = profile.numbers.empty() || random() % 3 == 0 ? some_number(random) : profile.numbers[random() % profile.numbers.size()] + random() % 3 - 1;
    }
    return data;
}

/// Nothing, or where they differ.
std::optional<seccomp_data> difference(const Profile& profile, const Program& shorter, Random& random) {
    for (int attempt = 0; attempt < 3000; ++attempt) {
        const seccomp_data data = random_data(random, profile);
        if (run(profile.program, data) != run(shorter, data)) return data;
    }
    constexpr std::uint32_t kKnown[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64};
    for (const std::uint32_t architecture : kKnown) {
        for (std::uint32_t call = 0; call < 2 * 600; ++call) {
            seccomp_data data{};
            data.arch = architecture;
            data.nr = static_cast<int>(call < 600 ? call : 0x40000000 - 600 + call);
            if (run(profile.program, data) != run(shorter, data)) return data;
        }
    }
    return std::nullopt;
}

/// As a common one: most calls allowed, a few by their arguments, the rest denied.
Profile common_profile() {
    Profile profile;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(1));
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    for (const std::uint32_t architecture : {std::uint32_t{SCMP_ARCH_X86}, static_cast<std::uint32_t>(SCMP_ARCH_X32)}) seccomp_arch_add(filter, architecture);
    for (int call = 0; call < 450; ++call) {
        if (call % 11 != 7 && call != __NR_personality) seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
    }
    for (const std::uint64_t persona : {0x0, 0x8, 0x20000, 0x20008}) {
        const scmp_arg_cmp is_persona{0, SCMP_CMP_EQ, persona, 0};
        seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, __NR_personality, 1, &is_persona);
        profile.numbers.push_back(persona);
    }
    profile.program = exported(filter);
    seccomp_release(filter);
    return profile;
}

}  // namespace

TEST_CASE("seccomp: a condensed program says the same of everything") {
    Random random{20240601};
    int shorter_ones = 0;
    for (int round = 0; round < 60; ++round) {
        CAPTURE(round);
        const Profile profile = random_profile(random);
        const Program shorter = condensed(profile.program);
        CHECK(shorter.size() <= profile.program.size());
        if (shorter.size() < profile.program.size()) ++shorter_ones;
        const auto found = difference(profile, shorter, random);
        if (found) {
            CAPTURE(found->arch);
            CAPTURE(found->nr);
            CHECK(run(profile.program, *found) == run(shorter, *found));
        }
    }
    CHECK(shorter_ones > 20);
}

TEST_CASE("seccomp: a common profile becomes several times shorter, and the kernel takes it") {
    Random random{7};
    const Profile profile = common_profile();
    const Program shorter = condensed(profile.program);
    CHECK(shorter.size() * 3 < profile.program.size());
    CHECK_FALSE(difference(profile, shorter, random));
    const pid_t child = ::fork();
    if (child == 0) {
        const sock_fprog program{static_cast<unsigned short>(shorter.size()), const_cast<sock_filter*>(shorter.data())};
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) ::_exit(1);
        if (::syscall(SYS_personality, 0x8) < 0) ::_exit(2);
        if (::syscall(SYS_personality, 0x1) != -1) ::_exit(3);
        ::_exit(0);
    }
    CHECK(ChildProcess{child}.wait().code == 0);
}

TEST_CASE("seccomp: a program that is not understood stays as it is") {
    const auto same = [](const Program& program) {
        const Program result = condensed(program);
        return result.size() == program.size() && (program.empty() || std::memcmp(result.data(), program.data(), program.size() * sizeof(sock_filter)) == 0);
    };
    const sock_filter load_call = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
    const sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    CHECK(same({}));
    CHECK(same({allow}));
    CHECK(same({load_call, BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 7), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 3, 0, 0), allow}));    // of the call's number
    CHECK(same({load_call, BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 3, 0, 1), allow, BPF_STMT(BPF_RET | BPF_K, 0)}));             // its bits
    CHECK(same({BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 3, 0, 1), allow, BPF_STMT(BPF_RET | BPF_K, 0)}));                         // of nothing
    CHECK(same({load_call, BPF_STMT(BPF_ST, 0), BPF_STMT(BPF_LD | BPF_MEM, 0), BPF_STMT(BPF_RET | BPF_A, 0)}));
    CHECK(same({load_call, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 3, 200, 0), allow}));                                          // out of it
    CHECK(same({load_call}));
}
