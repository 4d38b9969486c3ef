#pragma once
/// The OCI runtime spec as a plain structure: what config.json says, checked, in the units of the spec.
///
/// Source: runtime-spec 1.2, config.md and config-linux.md. Fields keep the spec's names in snake_case. The engine may
/// fill a Spec itself; parse_spec() (spec_parse.h) makes one from JSON.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace skiff::oci::native {

struct IdMapping {
    std::uint32_t container_id = 0;
    std::uint32_t host_id = 0;
    std::uint32_t size = 0;

    bool operator==(const IdMapping&) const = default;
};

struct Rlimit {
    int resource = 0;  ///< RLIMIT_*
    std::uint64_t soft = 0;
    std::uint64_t hard = 0;
};

/// Bit sets over the capability numbers of capabilities(7).
struct Capabilities {
    std::uint64_t bounding = 0;
    std::uint64_t effective = 0;
    std::uint64_t permitted = 0;
    std::uint64_t inheritable = 0;
    std::uint64_t ambient = 0;
};

struct User {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::optional<std::uint32_t> umask;
    std::vector<std::uint32_t> additional_gids;
};

struct Scheduler {
    std::uint32_t policy = 0;  ///< SCHED_*
    std::int32_t nice = 0;
    std::int32_t priority = 0;
    std::uint64_t flags = 0;  ///< SCHED_FLAG_*
    std::uint64_t runtime = 0;   ///< nanoseconds
    std::uint64_t deadline = 0;  ///< nanoseconds
    std::uint64_t period = 0;    ///< nanoseconds
};

struct IoPriority {
    int io_class = 0;  ///< IOPRIO_CLASS_*
    int priority = 0;  ///< 0 (highest) to 7
};

struct ExecCpuAffinity {
    std::string initial;  ///< list format, as "0-3,7"; empty: as inherited
    std::string final;
};

struct Process {
    bool terminal = false;
    std::uint32_t console_height = 0;  ///< rows; 0: unset
    std::uint32_t console_width = 0;   ///< columns
    User user;
    std::vector<std::string> args;
    std::vector<std::string> env;
    std::string cwd = "/";
    Capabilities capabilities;
    std::vector<Rlimit> rlimits;
    bool no_new_privileges = false;
    std::string apparmor_profile;
    std::string selinux_label;
    std::optional<int> oom_score_adj;
    std::optional<Scheduler> scheduler;
    std::optional<IoPriority> io_priority;
    std::optional<ExecCpuAffinity> exec_cpu_affinity;
};

struct Mount {
    std::string destination;
    std::string type;  ///< empty with a bind option: a bind mount
    std::string source;
    std::vector<std::string> options;
    std::vector<IdMapping> uid_mappings;
    std::vector<IdMapping> gid_mappings;
};

struct Device {
    std::string path;
    char type = 'c';  ///< 'c', 'b' or 'p'
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
    std::uint32_t file_mode = 0666;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

struct Hook {
    std::string path;
    std::vector<std::string> args;
    std::vector<std::string> env;
    std::uint32_t timeout_seconds = 0;  ///< 0: none
    std::string output_file;            ///< annotation run.oci.hooks.stdout: appended to; empty: shown on failure
    std::string error_file;             ///< annotation run.oci.hooks.stderr
};

struct Hooks {
    std::vector<Hook> prestart;
    std::vector<Hook> create_runtime;
    std::vector<Hook> create_container;
    std::vector<Hook> start_container;
    std::vector<Hook> poststart;
    std::vector<Hook> poststop;
};

/// One of CLONE_NEW*; with a path it is joined, without one it is made.
struct Namespace {
    int flag = 0;
    std::string path;
};

struct DeviceRule {
    bool allow = false;
    char type = 'a';                   ///< 'a' all, 'c', 'b'
    std::optional<std::int64_t> major;  ///< nullopt: any
    std::optional<std::int64_t> minor;
    std::string access;                ///< of "rwm"
};

struct MemoryLimits {
    std::optional<std::int64_t> limit;        ///< bytes, -1: none
    std::optional<std::int64_t> reservation;  ///< bytes
    std::optional<std::int64_t> swap;         ///< bytes, memory and swap together
    std::optional<std::int64_t> kernel;       ///< bytes; ignored by newer kernels
    std::optional<std::int64_t> kernel_tcp;   ///< bytes
    std::optional<std::uint64_t> swappiness;  ///< 0 to 100
    std::optional<bool> disable_oom_killer;
    std::optional<bool> use_hierarchy;
    bool check_before_update = false;
};

struct CpuLimits {
    std::optional<std::uint64_t> shares;
    std::optional<std::int64_t> quota;            ///< microseconds per period, -1: none
    std::optional<std::uint64_t> burst;           ///< microseconds
    std::optional<std::uint64_t> period;          ///< microseconds
    std::optional<std::int64_t> realtime_runtime;  ///< microseconds
    std::optional<std::uint64_t> realtime_period;  ///< microseconds
    std::string cpus;
    std::string mems;
    std::optional<std::int64_t> idle;
};

struct DeviceNumber {
    std::int64_t major = 0;
    std::int64_t minor = 0;
};
struct WeightDevice : DeviceNumber {
    std::optional<std::uint16_t> weight;
    std::optional<std::uint16_t> leaf_weight;
};
struct ThrottleDevice : DeviceNumber {
    std::uint64_t rate = 0;  ///< bytes or operations a second
};

struct BlockIoLimits {
    std::optional<std::uint16_t> weight;  ///< 10 to 1000
    std::optional<std::uint16_t> leaf_weight;
    std::vector<WeightDevice> weight_devices;
    std::vector<ThrottleDevice> read_bps;
    std::vector<ThrottleDevice> write_bps;
    std::vector<ThrottleDevice> read_iops;
    std::vector<ThrottleDevice> write_iops;
};

struct HugepageLimit {
    std::string page_size;  ///< as "2MB"
    std::uint64_t limit = 0;  ///< bytes
};
struct InterfacePriority {
    std::string name;
    std::uint32_t priority = 0;
};
struct RdmaLimit {
    std::optional<std::uint32_t> hca_handles;
    std::optional<std::uint32_t> hca_objects;
};

struct Resources {
    std::vector<DeviceRule> devices;
    MemoryLimits memory;
    CpuLimits cpu;
    std::optional<std::int64_t> pids_limit;  ///< 0 or less: none
    BlockIoLimits block_io;
    std::vector<HugepageLimit> hugepages;
    std::optional<std::uint32_t> network_class_id;
    std::vector<InterfacePriority> network_priorities;
    std::map<std::string, RdmaLimit> rdma;
    std::map<std::string, std::string> unified;  ///< cgroup v2 file name to content
};

struct SeccompArg {
    std::uint32_t index = 0;
    std::uint64_t value = 0;
    std::uint64_t value_two = 0;
    std::string op;  ///< SCMP_CMP_*
};
struct SeccompRule {
    std::vector<std::string> names;
    std::string action;  ///< SCMP_ACT_*
    std::optional<std::uint32_t> errno_ret;
    std::vector<SeccompArg> args;
};
struct Seccomp {
    std::string default_action;
    std::optional<std::uint32_t> default_errno_ret;
    std::vector<std::string> architectures;  ///< SCMP_ARCH_*
    std::vector<std::string> flags;          ///< SECCOMP_FILTER_FLAG_*
    std::string listener_path;
    std::string listener_metadata;
    bool fail_unknown_syscalls = false;  ///< annotation run.oci.seccomp_fail_unknown_syscall
    std::vector<SeccompRule> syscalls;
};

struct IntelRdt {
    std::string clos_id;
    std::string l3_cache_schema;
    std::string mem_bw_schema;
};

/// NUMA policy of the processes. Source: runtime-spec 1.3, config-linux.md, Memory Policy; set_mempolicy(2).
struct MemoryPolicy {
    int mode = 0;       ///< MPOL_*
    std::string nodes;  ///< list format, as "0-3,7"
    int flags = 0;      ///< MPOL_F_*
};

struct TimeOffset {
    std::int64_t seconds = 0;
    std::uint32_t nanoseconds = 0;
};

struct Linux {
    std::vector<Namespace> namespaces;
    std::vector<IdMapping> uid_mappings;
    std::vector<IdMapping> gid_mappings;
    std::map<std::string, TimeOffset> time_offsets;  ///< "monotonic", "boottime"
    std::vector<Device> devices;
    std::string cgroups_path;
    Resources resources;
    std::map<std::string, std::string> sysctl;
    std::optional<Seccomp> seccomp;
    std::string rootfs_propagation;  ///< empty: as "rprivate" seen from outside
    std::vector<std::string> masked_paths;
    std::vector<std::string> readonly_paths;
    std::string mount_label;
    std::optional<IntelRdt> intel_rdt;
    std::optional<std::uint64_t> personality;  ///< PER_*
    std::optional<MemoryPolicy> memory_policy;
};

struct Spec {
    std::string oci_version;
    std::string root_path;
    bool root_readonly = false;
    std::string hostname;
    std::string domainname;
    Process process;
    bool has_process = false;
    std::vector<Mount> mounts;
    Hooks hooks;
    std::map<std::string, std::string> annotations;
    bool keep_original_groups = false;  ///< annotation run.oci.keep_original_groups: the caller's groups stay
    Linux lnx;

    /// The namespace of that kind, or nullptr when the container shares the caller's.
    const Namespace* find_namespace(int flag) const;
    /// The container gets a new namespace of that kind.
    bool makes_namespace(int flag) const;
};

}  // namespace skiff::oci::native
