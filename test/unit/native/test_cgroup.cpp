#include <doctest/doctest.h>

#include "oci/native/cgroup/cgroup.h"
#include "oci/native/cgroup/device_program.h"
#include "oci/native/cgroup/systemd.h"
#include "oci/native/cgroup/weights.h"
#include "oci/native/errors.h"

using namespace skiff::oci::native;
using namespace skiff::oci::native::cgroup;

namespace {

constexpr const char* kHybrid =
    "30 25 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
    "31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:5 - cgroup cgroup rw,cpu,cpuacct\n"
    "32 30 0:28 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
    "33 30 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n"
    "34 30 0:30 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "35 30 0:30 / /mnt/memory\\040two rw - cgroup cgroup rw,memory\n";
constexpr const char* kSelf = "3:cpuacct,cpu:/user.slice\n2:name=systemd:/\n1:memory:/docker/abc\n0::/init\n";

/// Interprets a device program for one request.
bool decide(const std::vector<DeviceRule>& rules, int kind, int access, std::uint32_t major, std::uint32_t minor) {
    const std::uint32_t context[3] = {static_cast<std::uint32_t>(access << 16 | kind), major, minor};
    std::uint64_t r[6] = {};
    const std::vector<bpf_insn> program = device_program(rules);
    for (std::size_t at = 0; at < program.size(); ++at) {
        const bpf_insn& step = program[at];
        const auto value = static_cast<std::uint64_t>(static_cast<std::int64_t>(step.imm));
        switch (step.code) {
            case BPF_LDX | BPF_MEM | BPF_W: r[step.dst_reg] = context[step.off / 4]; break;
            case BPF_ALU | BPF_MOV | BPF_X: r[step.dst_reg] = static_cast<std::uint32_t>(r[step.src_reg]); break;
            case BPF_ALU | BPF_AND | BPF_K: r[step.dst_reg] = static_cast<std::uint32_t>(r[step.dst_reg] & value); break;
            case BPF_ALU | BPF_RSH | BPF_K: r[step.dst_reg] = static_cast<std::uint32_t>(r[step.dst_reg]) >> value; break;
            case BPF_ALU64 | BPF_MOV | BPF_K: r[step.dst_reg] = value; break;
            case BPF_JMP | BPF_JNE | BPF_K: if (r[step.dst_reg] != value) at += static_cast<std::size_t>(step.off); break;
            case BPF_JMP | BPF_JEQ | BPF_K: if (r[step.dst_reg] == value) at += static_cast<std::size_t>(step.off); break;
            case BPF_JMP | BPF_EXIT: return r[0] != 0;
            default: FAIL("unknown instruction ", int{step.code});
        }
    }
    FAIL("the program does not end");
    return false;
}

}  // namespace

TEST_CASE("hierarchies are found whatever their mounts are called") {
    const Layout layout = parse_layout(kHybrid, kSelf);
    CHECK(layout.mode == Mode::Hybrid);
    REQUIRE(layout.v1.size() == 3);
    REQUIRE(layout.find_v1("cpuacct") != nullptr);
    CHECK(layout.find_v1("cpuacct")->own == "/user.slice");
    CHECK(layout.find_v1("cpu")->directory("/a/b") == "/sys/fs/cgroup/cpu,cpuacct/a/b");
    CHECK(layout.find_v1("memory")->directory("/docker/abc/x") == "/sys/fs/cgroup/memory/x");
    CHECK(layout.unified->own == "/init");
    CHECK(layout.find_v1("devices") == nullptr);
    CHECK(parse_layout("33 30 0:29 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/\n").mode == Mode::Unified);
    CHECK(parse_layout("", "").v1.empty());
}

TEST_CASE("a container's cgroup path cannot leave the tree") {
    CHECK(container_path("", "id") == "/skiff/id");
    CHECK(container_path("machine//x/.", "id") == "/machine/x");
    CHECK(container_path("/libpod_parent/libpod-1", "id") == "/libpod_parent/libpod-1");
    CHECK_THROWS_AS(container_path("/a/../b", "id"), ConfigInvalid);
    CHECK_THROWS_AS(container_path("/", "id"), ConfigInvalid);
}

TEST_CASE("scopes and slices have the paths that systemd gives them") {
    CHECK(slice_path("machine.slice") == "/machine.slice");
    CHECK(slice_path("a-b-c.slice") == "/a.slice/a-b.slice/a-b-c.slice");
    CHECK(slice_path("-.slice") == "/");
    for (const char* slice : {"a", ".slice", "a--b.slice", "a/b.slice", "-a.slice"}) CHECK_THROWS_AS(slice_path(slice), ConfigInvalid);
    CHECK(scope_of("machine.slice:libpod:1", "x").path == "/machine.slice/libpod-1.scope");
    CHECK(scope_of("", "x").unit == "skiff-x.scope");
    CHECK_THROWS_AS(scope_of("/a/b", "x"), ConfigInvalid);
    CHECK_THROWS_AS(scope_of("a.slice:p:n/../m", "x"), ConfigInvalid);
}

TEST_CASE("v1 numbers in the terms of v2") {
    CHECK(cpu_weight(2) == 1);
    CHECK(cpu_weight(1024) == 39);
    CHECK(cpu_weight(262144) == 10000);
    CHECK(io_weight(10) == 1);
    CHECK(io_weight(1000) == 10000);
    MemoryLimits memory;
    CHECK_FALSE(swap_text(memory).has_value());
    memory.swap = 300;
    CHECK_THROWS_AS(swap_text(memory), ConfigInvalid);
    memory.limit = 100;
    CHECK(swap_text(memory) == "200");
    memory.swap = -1;
    CHECK(swap_text(memory) == "max");
    memory.swap = 50;
    CHECK_THROWS_AS(swap_text(memory), ConfigInvalid);
}

TEST_CASE("the device program decides as the rules say") {
    constexpr int kChar = BPF_DEVCG_DEV_CHAR;
    constexpr int kBlock = BPF_DEVCG_DEV_BLOCK;
    const std::vector<DeviceRule> rules = detail::with_default_devices(
        {{false, 'a', {}, {}, "rwm"}, {true, 'b', 8, {}, "r"}, {true, 'c', 10, 200, "rwm"}, {false, 'c', 1, 8, "w"}});
    CHECK(decide(rules, kChar, BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE, 1, 3));   // null, by default
    CHECK(decide(rules, kChar, BPF_DEVCG_ACC_MKNOD, 250, 1));                       // nodes may be made
    CHECK_FALSE(decide(rules, kChar, BPF_DEVCG_ACC_READ, 250, 1));
    CHECK(decide(rules, kBlock, BPF_DEVCG_ACC_READ, 8, 16));
    CHECK_FALSE(decide(rules, kBlock, BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE, 8, 16));
    CHECK(decide(rules, kChar, BPF_DEVCG_ACC_WRITE, 10, 200));
    CHECK_FALSE(decide(rules, kChar, BPF_DEVCG_ACC_WRITE, 10, 201));
    const std::vector<DeviceRule> all = {{true, 'a', {}, {}, "rwm"}, {false, 'c', 1, 1, "w"}};
    CHECK(decide(all, kBlock, BPF_DEVCG_ACC_WRITE, 8, 0));
    CHECK_FALSE(decide(all, kChar, BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE, 1, 1));
    CHECK(decide(all, kChar, BPF_DEVCG_ACC_READ, 1, 1));
    CHECK_FALSE(decide({}, kChar, BPF_DEVCG_ACC_READ, 1, 3));
}
