#include "cli/complete/vocabulary.h"

#include <array>

namespace skiff::cli::completion {
namespace {

using Vocabulary = std::span<const std::string_view>;

constexpr std::string_view kCapabilities[] = {
    "all", "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN", "DAC_OVERRIDE",
    "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD",
    "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN",
    "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG",
    "WAKE_ALARM",
};
constexpr std::string_view kSignals[] = {
    "ABRT", "ALRM", "BUS", "CHLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "KILL", "PIPE", "PROF", "PWR", "QUIT", "RTMAX", "RTMIN", "SEGV",
    "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
};
constexpr std::string_view kUlimits[] = {
    "as=", "core=", "cpu=", "data=", "fsize=", "host", "locks=", "memlock=", "msgqueue=", "nice=", "nofile=", "nproc=", "rss=", "rtprio=",
    "rttime=", "sigpending=", "stack=",
};
constexpr std::string_view kSecurity[] = {"apparmor=", "label=", "mask=", "no-new-privileges", "seccomp=", "seccomp=unconfined", "unmask=", "unmask=ALL"};
constexpr std::string_view kMountFields[] = {
    "bind-propagation=", "destination=", "dst=", "options=", "readonly", "ro", "source=", "src=", "target=", "tmpfs-mode=", "tmpfs-size=", "type=bind",
    "type=devpts", "type=glob", "type=image", "type=ramfs", "type=tmpfs", "type=volume", "subpath=",
};
constexpr std::string_view kVolumeDrivers[] = {"image", "local"};
constexpr std::string_view kSecretDrivers[] = {"file", "pass", "shell"};
constexpr std::string_view kBooleans[] = {"false", "true"};
constexpr std::string_view kCgroups[] = {"enabled", "no-conmon", "split"};
constexpr std::string_view kManagers[] = {"cgroupfs", "systemd"};
constexpr std::string_view kCommitFormats[] = {"docker", "oci"};
constexpr std::string_view kContainerSort[] = {"command", "created", "id", "image", "names", "runningfor", "size", "status"};
constexpr std::string_view kImageSort[] = {"created", "id", "repository", "size", "tag"};
constexpr std::string_view kImageVolume[] = {"anonymous", "ignore", "tmpfs"};
constexpr std::string_view kInspectTypes[] = {"all", "container", "image", "network", "volume"};
constexpr std::string_view kJson[] = {"json"};
constexpr std::string_view kLogDrivers[] = {"journald", "json-file", "k8s-file", "none", "passthrough", "passthrough-tty"};
constexpr std::string_view kLogLevels[] = {"debug", "error", "fatal", "info", "panic", "trace", "warn"};
constexpr std::string_view kLogOptions[] = {"max-file=", "max-size=", "path=", "tag="};
constexpr std::string_view kPersonalities[] = {"LINUX", "LINUX32"};
constexpr std::string_view kProcessFields[] = {
    "args", "capamb", "capbnd", "capeff", "capinh", "capprm", "comm", "etime", "group", "hgroup", "hpid", "huser", "label", "nice", "pcpu", "pgid", "pid",
    "ppid", "rgroup", "ruser", "seccomp", "state", "stime", "time", "tty", "user", "vsz",
};
constexpr std::string_view kPullPolicies[] = {"always", "missing", "never", "newer"};
constexpr std::string_view kStreams[] = {"stderr", "stdin", "stdout"};
constexpr std::string_view kConditions[] = {
    "configured", "created", "exited", "healthy", "initialized", "paused", "removing", "running", "stopped", "stopping", "unhealthy",
};
constexpr std::string_view kEventsBackends[] = {"file", "journald", "none"};
constexpr std::string_view kHealthActions[] = {"kill", "none", "restart", "stop"};
constexpr std::string_view kInstructions[] = {"CMD=", "ENTRYPOINT=", "ENV=", "EXPOSE=", "LABEL=", "ONBUILD=", "STOPSIGNAL=", "USER=", "VOLUME=", "WORKDIR="};
constexpr std::string_view kRestart[] = {"always", "no", "on-failure", "on-failure:", "unless-stopped"};
constexpr std::string_view kPrivate[] = {"container:", "host", "ns:", "private"};
constexpr std::string_view kIpc[] = {"container:", "host", "none", "ns:", "private", "shareable"};
constexpr std::string_view kNetwork[] = {"bridge", "container:", "host", "none", "ns:"};
constexpr std::string_view kUser[] = {"auto", "container:", "host", "ns:", "private"};
constexpr std::string_view kRuntimes[] = {"crun", "runc"};
constexpr std::string_view kSources[] = {"dir:", "docker-archive:", "oci-archive:", "oci:"};

constexpr std::string_view kCompressions[] = {"gzip", "zstd", "zstd:chunked"};
constexpr std::string_view kTrustTypes[] = {"accept", "insecureAcceptAnything", "reject", "signedBy", "sigstoreSigned"};
constexpr std::string_view kDns[] = {"none"};
constexpr std::string_view kExtraGroups[] = {"keep-groups"};
constexpr std::string_view kHostsFiles[] = {"image", "none"};
constexpr std::string_view kIpamDrivers[] = {"host-local", "none"};
constexpr std::string_view kPushFormats[] = {"oci", "v2s2"};
constexpr std::string_view kSaveFormats[] = {"docker-archive", "docker-dir", "oci-archive", "oci-dir"};
constexpr std::string_view kSdNotify[] = {"conmon", "container", "healthy", "ignore"};
constexpr std::string_view kSystemd[] = {"always", "false", "true"};
constexpr std::string_view kTimeZones[] = {"local"};
constexpr std::string_view kVolumeOptions[] = {"copy", "device=", "gid=", "inodes=", "nocopy", "noquota", "o=", "size=", "type=", "uid="};

constexpr std::string_view kStatuses[] = {"created", "exited", "initialized", "paused", "removing", "running", "stopped", "stopping", "unknown"};
constexpr std::string_view kHealth[] = {"healthy", "none", "starting", "stopped", "unhealthy"};
constexpr std::string_view kPolicies[] = {"always", "no", "on-failure", "unless-stopped"};

constexpr FilterKey kContainerFilters[] = {
    {"ancestor", Kind::Image, {}},       {"before", Kind::AnyContainer, {}}, {"command", Kind::Unknown, {}},
    {"exited", Kind::Unknown, {}},       {"health", Kind::Unknown, kHealth}, {"id", Kind::AnyContainer, {}},
    {"label", Kind::Unknown, {}},        {"label!", Kind::Unknown, {}},      {"name", Kind::AnyContainer, {}},
    {"network", Kind::Network, {}},      {"pod", Kind::Unknown, {}},         {"restart-policy", Kind::Unknown, kPolicies},
    {"should-start-on-boot", Kind::Boolean, {}}, {"since", Kind::AnyContainer, {}}, {"status", Kind::Unknown, kStatuses},
    {"until", Kind::Unknown, {}},        {"volume", Kind::Volume, {}},
};
constexpr FilterKey kVolumeFilters[] = {
    {"after", Kind::Volume, {}},   {"all", Kind::Boolean, {}},    {"anonymous", Kind::Boolean, {}}, {"dangling", Kind::Boolean, {}}, {"driver", Kind::VolumeDriver, {}},
    {"label", Kind::Unknown, {}},  {"label!", Kind::Unknown, {}}, {"name", Kind::Volume, {}},       {"opt", Kind::Unknown, {}},      {"scope", Kind::Unknown, {}},
    {"since", Kind::Volume, {}},   {"until", Kind::Unknown, {}},  {"unused-for", Kind::Unknown, {}},
};
constexpr FilterKey kImageFilters[] = {
    {"after", Kind::Image, {}},          {"before", Kind::Image, {}},        {"containers", Kind::Boolean, {}},
    {"dangling", Kind::Boolean, {}},     {"digest", Kind::Unknown, {}},      {"id", Kind::Image, {}},
    {"intermediate", Kind::Boolean, {}}, {"label", Kind::Unknown, {}},       {"label!", Kind::Unknown, {}},
    {"manifest", Kind::Boolean, {}},     {"readonly", Kind::Boolean, {}},
    {"reference", Kind::Image, {}},      {"since", Kind::Image, {}},         {"until", Kind::Unknown, {}},
};

constexpr std::string_view kNetworkDrivers[] = {"bridge", "ipvlan", "macvlan"};
constexpr FilterKey kNetworkFilters[] = {
    {"dangling", Kind::Boolean, {}}, {"driver", Kind::NetworkDriver, {}}, {"id", Kind::Network, {}},  {"label", Kind::Unknown, {}},
    {"label!", Kind::Unknown, {}},   {"name", Kind::Network, {}},         {"until", Kind::Unknown, {}},
};
constexpr FilterKey kSecretFilters[] = {{"id", Kind::Unknown, {}}, {"name", Kind::Secret, {}}};
constexpr std::string_view kEventWords[] = {
    "attach", "cleanup", "commit", "create", "died", "exec", "exec_died", "health_status", "import", "init", "kill", "loadfromarchive", "mount", "pause", "pull",
    "push", "refresh", "remove", "rename", "restart", "save", "start", "stop", "tag", "unmount", "unpause", "untag", "update",
};
constexpr std::string_view kEventTypes[] = {"artifact", "container", "image", "network", "pod", "secret", "system", "volume"};
constexpr FilterKey kEventFilters[] = {
    {"artifact", Kind::Unknown, {}}, {"container", Kind::AnyContainer, {}}, {"event", Kind::Unknown, kEventWords}, {"image", Kind::Image, {}},
    {"label", Kind::Unknown, {}},    {"network", Kind::Unknown, {}},        {"pod", Kind::Unknown, {}},            {"secret", Kind::Unknown, {}},
    {"type", Kind::Unknown, kEventTypes}, {"volume", Kind::Unknown, {}},
};

constexpr std::string_view kContainerFields[] = {
    "AutoRemove", "CIDFile", "Command", "CreatedAt", "ExitCode", "Exited", "ExitedAt", "ID", "Image", "ImageID", "IsInfra", "Label", "Labels", "Mounts",
    "Names", "Networks", "Pid", "Pod", "PodName", "Ports", "Restarts", "RunningFor", "Size", "StartedAt", "State", "Status",
};
constexpr std::string_view kImageFields[] = {
    "Containers", "Created", "CreatedAt", "CreatedSince", "Dangling", "Digest", "History", "ID", "Labels", "ParentId", "ReadOnly", "RepoDigests",
    "RepoTags", "Repository", "SharedSize", "Size", "Tag", "VirtualSize",
};

constexpr std::string_view kHistoryFields[] = {"Comment", "Created", "CreatedAt", "CreatedBy", "CreatedSince", "ID", "Size", "Tags"};
constexpr std::string_view kNetworkFields[] = {
    "Created", "DNSEnabled", "Driver", "ID", "IPAMOptions", "IPv6Enabled", "Internal", "Labels", "Name", "NetworkDNSServers", "NetworkInterface",
    "Options", "Routes", "Subnets",
};
constexpr std::string_view kSecretFields[] = {"CreatedAt", "Driver", "ID", "Name", "UpdatedAt"};
constexpr std::string_view kVolumeFields[] = {
    "Anonymous", "CreatedAt", "Driver", "GID", "Label", "Labels", "MountCount", "Mountpoint", "Name", "NeedsChown", "NeedsCopyUp", "Options", "Scope",
    "Status", "UID",
};

}  // namespace

Vocabulary words_of(Kind kind) {
    switch (kind) {
        case Kind::Boolean: return kBooleans;
        case Kind::VolumeDriver: return kVolumeDrivers;
        case Kind::SecretDriver: return kSecretDrivers;
        case Kind::Capability: return kCapabilities;
        case Kind::Cgroups: return kCgroups;
        case Kind::CgroupManager: return kManagers;
        case Kind::CommitFormat: return kCommitFormats;
        case Kind::ContainerSort: return kContainerSort;
        case Kind::ImageSort: return kImageSort;
        case Kind::ImageVolume: return kImageVolume;
        case Kind::InspectType: return kInspectTypes;
        case Kind::Json: return kJson;
        case Kind::LogDriver: return kLogDrivers;
        case Kind::LogLevel: return kLogLevels;
        case Kind::Personality: return kPersonalities;
        case Kind::ProcessField: return kProcessFields;
        case Kind::PullPolicy: return kPullPolicies;
        case Kind::Signal: return kSignals;
        case Kind::Stream: return kStreams;
        case Kind::WaitCondition: return kConditions;
        case Kind::EventsBackend: return kEventsBackends;
        case Kind::HealthAction: return kHealthActions;
        case Kind::Instruction: return kInstructions;
        case Kind::LogOption: return kLogOptions;
        case Kind::MountField: return kMountFields;
        case Kind::RestartPolicy: return kRestart;
        case Kind::SecurityOption: return kSecurity;
        case Kind::Ulimit: return kUlimits;
        case Kind::PrivateNamespace: return kPrivate;
        case Kind::IpcNamespace: return kIpc;
        case Kind::NetworkNamespace: return kNetwork;
        case Kind::NetworkDriver: return kNetworkDrivers;
        case Kind::UserNamespace: return kUser;
        case Kind::ImageSource: return kSources;
        case Kind::Runtime: return kRuntimes;
        case Kind::Dns: return kDns;
        case Kind::ExtraGroup: return kExtraGroups;
        case Kind::HostsFile: return kHostsFiles;
        case Kind::IpamDriver: return kIpamDrivers;
        case Kind::PushFormat: return kPushFormats;
        case Kind::SaveFormat: return kSaveFormats;
        case Kind::SdNotify: return kSdNotify;
        case Kind::Systemd: return kSystemd;
        case Kind::TimeZone: return kTimeZones;
        case Kind::VolumeOption: return kVolumeOptions;
        case Kind::Compression: return kCompressions;
        case Kind::TrustType: return kTrustTypes;
        default: return {};  // made of names, or of keys and values
    }
}

std::span<const FilterKey> filter_keys(Kind kind) {
    if (kind == Kind::ContainerFilter) return kContainerFilters;
    if (kind == Kind::NetworkFilter) return kNetworkFilters;
    if (kind == Kind::VolumeFilter) return kVolumeFilters;
    if (kind == Kind::EventFilter) return kEventFilters;
    if (kind == Kind::SecretFilter) return kSecretFilters;
    return kImageFilters;
}

Vocabulary fields_of(Kind kind) {
    if (kind == Kind::ContainerFormat) return kContainerFields;
    if (kind == Kind::HistoryFormat) return kHistoryFields;
    if (kind == Kind::ImageFormat) return kImageFields;
    if (kind == Kind::NetworkFormat) return kNetworkFields;
    if (kind == Kind::SecretFormat) return kSecretFields;
    if (kind == Kind::VolumeFormat) return kVolumeFields;
    return {};
}

}  // namespace skiff::cli::completion
