#include "oci/native/cgroup/device_program.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "util/error.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::oci::native::cgroup {
namespace {

bpf_insn instruction(std::uint8_t code, int target, int source, std::int16_t offset, std::int32_t value) {
    bpf_insn made{};
    made.code = code;
    made.dst_reg = static_cast<std::uint8_t>(target) & 0xf;
    made.src_reg = static_cast<std::uint8_t>(source) & 0xf;
    made.off = offset;
    made.imm = value;
    return made;
}

// Registers: 1 the context, then its fields: 2 kind, 3 access, 4 major, 5 minor; 0 is the verdict.
bpf_insn load(int target, int offset) { return instruction(BPF_LDX | BPF_MEM | BPF_W, target, 1, static_cast<std::int16_t>(offset), 0); }
bpf_insn move(int target, int source) { return instruction(BPF_ALU | BPF_MOV | BPF_X, target, source, 0, 0); }
bpf_insn mask(int target, std::int32_t value) { return instruction(BPF_ALU | BPF_AND | BPF_K, target, 0, 0, value); }
bpf_insn shift(int target, std::int32_t value) { return instruction(BPF_ALU | BPF_RSH | BPF_K, target, 0, 0, value); }
bpf_insn jump_unless(int target, std::int32_t value) { return instruction(BPF_JMP | BPF_JNE | BPF_K, target, 0, 0, value); }
bpf_insn verdict(int value) { return instruction(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, value); }
bpf_insn leave() { return instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }

std::int32_t access_bits(const std::string& access) {
    std::int32_t bits = 0;
    if (access.find('m') != std::string::npos) bits |= BPF_DEVCG_ACC_MKNOD;
    if (access.find('r') != std::string::npos) bits |= BPF_DEVCG_ACC_READ;
    if (access.find('w') != std::string::npos) bits |= BPF_DEVCG_ACC_WRITE;
    return bits;
}

/// One rule: jumps past its verdict unless everything matches.
void append_rule(std::vector<bpf_insn>& program, const DeviceRule& rule) {
    std::vector<bpf_insn> block;
    const std::int32_t all = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;
    const std::int32_t wanted = access_bits(rule.access);
    if (rule.type != 'a') block.push_back(jump_unless(2, rule.type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK));
    if (rule.type != 'a' && wanted != all) {
        block.push_back(move(0, 3));
        if (rule.allow) {  // allowed only when nothing else is asked for
            block.push_back(mask(0, all & ~wanted));
            block.push_back(jump_unless(0, 0));
        } else {  // denied when any of it is asked for
            block.push_back(mask(0, wanted));
            block.push_back(instruction(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0, 0));
        }
    }
    if (rule.type != 'a' && rule.major) block.push_back(jump_unless(4, static_cast<std::int32_t>(*rule.major)));
    if (rule.type != 'a' && rule.minor) block.push_back(jump_unless(5, static_cast<std::int32_t>(*rule.minor)));
    block.push_back(verdict(rule.allow ? 1 : 0));
    block.push_back(leave());
    for (std::size_t i = 0; i + 2 < block.size(); ++i) {  // the last two are the verdict and the exit
        if (BPF_CLASS(block[i].code) == BPF_JMP) block[i].off = static_cast<std::int16_t>(block.size() - i - 1);
    }
    program.insert(program.end(), block.begin(), block.end());
}

int call_bpf(int command, bpf_attr& attributes) {
    return static_cast<int>(::syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

UniqueFd load_program(const std::vector<bpf_insn>& program) {
    static const char license[] = "GPL";
    bpf_attr attributes;
    std::memset(&attributes, 0, sizeof attributes);
    attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attributes.insns = reinterpret_cast<std::uint64_t>(program.data());
    attributes.insn_cnt = static_cast<std::uint32_t>(program.size());
    attributes.license = reinterpret_cast<std::uint64_t>(license);
    return UniqueFd{call_bpf(BPF_PROG_LOAD, attributes)};
}

/// Programs that an earlier call put here, at most 64.
std::vector<std::uint32_t> attached_programs(int directory) {
    std::vector<std::uint32_t> ids(64);
    bpf_attr attributes;
    std::memset(&attributes, 0, sizeof attributes);
    attributes.query.target_fd = static_cast<std::uint32_t>(directory);
    attributes.query.attach_type = BPF_CGROUP_DEVICE;
    attributes.query.prog_cnt = static_cast<std::uint32_t>(ids.size());
    attributes.query.prog_ids = reinterpret_cast<std::uint64_t>(ids.data());
    if (call_bpf(BPF_PROG_QUERY, attributes) != 0) return {};
    ids.resize(attributes.query.prog_cnt);
    return ids;
}

void detach(int directory, std::uint32_t id) {
    bpf_attr by_id;
    std::memset(&by_id, 0, sizeof by_id);
    by_id.prog_id = id;
    const UniqueFd program{call_bpf(BPF_PROG_GET_FD_BY_ID, by_id)};
    if (!program) return;
    bpf_attr attributes;
    std::memset(&attributes, 0, sizeof attributes);
    attributes.target_fd = static_cast<std::uint32_t>(directory);
    attributes.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
    attributes.attach_type = BPF_CGROUP_DEVICE;
    call_bpf(BPF_PROG_DETACH, attributes);
}

}  // namespace

std::vector<bpf_insn> device_program(const std::vector<DeviceRule>& rules) {
    std::vector<bpf_insn> program = {load(2, 0), move(3, 2), mask(2, 0xffff), shift(3, 16), load(4, 4), load(5, 8)};
    bool decided = false;
    for (auto rule = rules.rbegin(); rule != rules.rend() && !decided; ++rule) {
        append_rule(program, *rule);
        decided = rule->type == 'a';  // what comes before it can never be reached
    }
    if (!decided) {
        program.push_back(verdict(0));
        program.push_back(leave());
    }
    return program;
}

void attach_device_rules(int directory, const std::vector<DeviceRule>& rules) {
    const UniqueFd program = load_program(device_program(rules));
    if (!program) {
        if (errno == EPERM) {
            log::debug("device rules cannot be changed in this cgroup, ignoring");
            return;
        }
        throw SystemError{errno, "loading the device rules of the cgroup"};
    }
    const std::vector<std::uint32_t> before = attached_programs(directory);
    bpf_attr attributes;
    std::memset(&attributes, 0, sizeof attributes);
    attributes.target_fd = static_cast<std::uint32_t>(directory);
    attributes.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
    attributes.attach_type = BPF_CGROUP_DEVICE;
    attributes.attach_flags = BPF_F_ALLOW_MULTI;
    if (call_bpf(BPF_PROG_ATTACH, attributes) != 0) throw SystemError{errno, "attaching the device rules to the cgroup"};
    // The new program works already: there is no moment without rules.
    for (const std::uint32_t id : before) detach(directory, id);
}

}  // namespace skiff::oci::native::cgroup
