#include "cli/create_flags.h"

#include "cli/health_flags.h"
#include "cli/needless_flags.h"
#include "cli/options.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

using libpod::CreateFlags;

constexpr const char* kNoPods = "pods are not implemented";

// One table: docs/differences.md is made from it.
constexpr Refused kRefusedFlags[] = {
    {"--init-ctr", Takes::Value, kNoPods},
    {"--link-local-ip", Takes::Value, "link-local addresses are the kernel's"},
    {"--pod", Takes::Value, kNoPods},
    {"--pod-id-file", Takes::Value, kNoPods},
};

// Values that ask for what happens anyway are fine, others are refused.
void add_only(CLI::App& command, const std::string& name, const std::string& accepted, const std::string& reason,
              const std::string& description) {
    const auto check = [name, accepted, reason](const std::string& value) {
        if (value == accepted) return;
        throw Error{ErrorKind::Unsupported,
                    concat(name, " ", quote(value), " is not supported by this version: ", reason)};
    };
    add_callback(command, name, check, "MODE", description);
}

void add_process_options(CLI::App& command, CreateFlags& flags) {
    add_string(command, "--entrypoint", flags.entrypoint, "COMMAND", "Replace the image's entrypoint: a word or a JSON array");
    add_string(command, "--systemd", flags.systemd, "MODE", "Prepare the container for systemd: true (default: when it runs it), false or always");
    add_flag(command, "-i,--interactive", flags.interactive, "Keep standard input open");
    add_flag(command, "-t,--tty", flags.tty, "Give the container a terminal");
    add_string(command, "-u,--user", flags.user, "USER[:GROUP]", "User and group of the process");
    add_list_csv(command, "--group-add", flags.group_add, "GROUP", "Additional groups of the process, or keep-groups: those of the caller");
    add_string(command, "-w,--workdir", flags.workdir, "DIR", "Working directory inside the container");
    add_flag(command, "--init", flags.init, "Run an init process that reaps children and forwards signals");
    add_string(command, "--init-path", flags.init_path, "PATH", "Use this program of the host as init process");
    add_string(command, "--personality", flags.personality, "PERSONA", "Execution domain: LINUX or LINUX32");
    add_string(command, "--stop-signal", flags.stop_signal, "SIGNAL", "Signal that stops the container");
    add_uint(command, "--stop-timeout", flags.stop_timeout, "SECONDS", "Time between the stop signal and SIGKILL");
    add_uint(command, "--timeout", flags.timeout, "SECONDS", "Kill the container after this time");
    add_uint(command, "--preserve-fds", flags.preserve_fds, "N", "Pass N further file descriptors to the container");
    add_string(command, "--umask", flags.umask, "UMASK", "File mode creation mask of the process");
}

void add_environment_options(CLI::App& command, CreateFlags& flags) {
    add_list(command, "-e,--env", flags.env, "ENV", "Set an environment variable: NAME=value, or NAME to take it over");
    add_list(command, "--env-file", flags.env_file, "FILE", "Read environment variables from a file");
    add_flag(command, "--env-host", flags.env_host, "Take over the environment of the caller");
    add_list(command, "--env-merge", flags.env_merge, "ENV", "Set a variable from the image's: PATH=${PATH}:/more");
    add_flag(command, "--http-proxy", flags.http_proxy, "Take over proxy variables of the caller (default true)");
    add_list(command, "--unsetenv", flags.unsetenv, "NAME", "Drop an environment variable");
    add_flag(command, "--unsetenv-all", flags.unsetenv_all, "Drop all environment variables of engine and image");
}

void add_identity_options(CLI::App& command, CreateFlags& flags) {
    add_string(command, "--name", flags.name, "NAME", "Name of the container");
    add_flag(command, "--replace", flags.replace, "Remove a container that has the name");
    add_list(command, "--annotation", flags.annotation, "KEY=VALUE", "Add an annotation");
    add_list(command, "-l,--label", flags.label, "KEY=VALUE", "Add a label");
    add_list(command, "--label-file", flags.label_file, "FILE", "Read labels from a file");
    add_string(command, "-h,--hostname", flags.hostname, "NAME", "Host name inside the container");
    add_flag(command, "--no-hostname", flags.no_hostname, "Do not make /etc/hostname");
    add_string(command, "--cidfile", flags.cidfile, "FILE", "Write the container's ID to a file");
    add_string(command, "--pidfile", flags.pidfile, "FILE", "Write the process ID to a file at each start");
    add_string(command, "--conmon-pidfile", flags.conmon_pidfile, "FILE", "Write the monitor's process ID to a file at each start");
    add_list_csv(command, "--requires", flags.requires_, "CONTAINER", "Containers that are started before this one");
    add_flag(command, "--rm", flags.rm, "Remove the container when it has ended");
    add_string(command, "--restart", flags.restart, "POLICY", "no, on-failure[:N], always or unless-stopped");
    add_string(command, "--log-driver", flags.log_driver, "DRIVER", "k8s-file, json-file, journald, none or passthrough");
    add_list(command, "--log-opt", flags.log_opt, "NAME=VALUE", "Option of the log driver: max-size, max-file, path, tag");
}

void add_isolation_options(CLI::App& command, CreateFlags& flags) {
    add_list_csv(command, "--cap-add", flags.cap_add, "CAPABILITY", "Add a capability");
    add_list_csv(command, "--cap-drop", flags.cap_drop, "CAPABILITY", "Drop a capability");
    add_flag(command, "--privileged", flags.privileged, "Give the container all capabilities and devices");
    add_list(command, "--security-opt", flags.security_opt, "OPTION", "seccomp=, apparmor=, label=, mask=, unmask=, no-new-privileges");
    add_string(command, "--cgroupns", flags.cgroupns, "MODE", "Cgroup namespace");
    add_string(command, "--ipc", flags.ipc, "MODE", "IPC namespace");
    add_string(command, "--pid", flags.pid, "MODE", "PID namespace");
    add_string(command, "--userns", flags.userns, "MODE", "User namespace");
    add_string(command, "--uts", flags.uts, "MODE", "UTS namespace");
    add_list_csv(command, "--uidmap", flags.uidmap, "MAP", "User IDs of a new user namespace");
    add_list_csv(command, "--gidmap", flags.gidmap, "MAP", "Group IDs of a new user namespace");
    add_string(command, "--subuidname", flags.subuidname, "NAME", "Take user IDs from this line of /etc/subuid");
    add_string(command, "--subgidname", flags.subgidname, "NAME", "Take group IDs from this line of /etc/subgid");
    add_list_csv(command, "--sysctl", flags.sysctl, "NAME=VALUE", "Kernel parameter of a namespace");
    add_list_csv(command, "--ulimit", flags.ulimit, "OPTION", "Resource limit: NAME=SOFT[:HARD], or host");
    add_list_csv(command, "--hostuser", flags.hostuser, "NAME", "Add a user of the host to /etc/passwd");
    add_string(command, "--passwd-entry", flags.passwd_entry, "ENTRY", "Line for /etc/passwd");
    add_string(command, "--group-entry", flags.group_entry, "ENTRY", "Line for /etc/group");
    add_flag(command, "--passwd", flags.passwd, "Add the user to /etc/passwd (default true)");
}

void add_file_options(CLI::App& command, CreateFlags& flags) {
    add_flag(command, "--rootfs", flags.rootfs, "The first argument is a directory, not an image");
    add_list(command, "-v,--volume", flags.volume, "[SOURCE:]DESTINATION[:OPTIONS]", "Mount a volume, or a directory or file of the host");
    add_list(command, "--mount", flags.mount, "type=TYPE,…", "Attach a file system");
    add_list(command, "--tmpfs", flags.tmpfs, "DESTINATION[:OPTIONS]", "Mount a file system in memory");
    add_list(command, "--volumes-from", flags.volumes_from, "CONTAINER[:OPTIONS]", "Take over the mounts of a container");
    add_string(command, "--image-volume", flags.image_volume, "MODE", "What the image's volumes become: anonymous, tmpfs or ignore");
    add_list(command, "--secret", flags.secret, "NAME[,OPTION=VALUE]", "Show a secret to the container: a file, or type=env a variable");
    add_flag(command, "--read-only", flags.read_only, "Make the root file system read-only");
    add_flag(command, "--read-only-tmpfs", flags.read_only_tmpfs, "With --read-only: writable tmpfs on /run, /tmp, /var/tmp (default true)");
    add_string(command, "--shm-size", flags.shm_size, "SIZE", "Size of /dev/shm");
    add_string(command, "--shm-size-systemd", flags.shm_size_systemd, "SIZE", "Size of each tmpfs that systemd mode mounts");
    add_list(command, "--device", flags.device, "HOST[:CONTAINER][:PERMISSIONS]", "Add a device, or a CDI device: VENDOR/CLASS=NAME");
    add_list(command, "--gpus", flags.gpus, "GPUS", "Add GPUs by CDI: all, or names of nvidia.com/gpu");
    add_list_csv(command, "--device-cgroup-rule", flags.device_cgroup_rule, "RULE", "Allow devices: \"TYPE MAJOR:MINOR MODE\"");
    add_list(command, "--chrootdirs", flags.chrootdirs, "PATH", "Directories inside that get hosts and resolv.conf too");
    add_string(command, "--tz", flags.tz, "ZONE", "Time zone, or local");
}

void add_resource_options(CLI::App& command, CreateFlags& flags) {
    libpod::ResourceFlags& resources = flags.resources;
    add_limit_options(command, resources);
    add_flag(command, "--oom-kill-disable", resources.oom_kill_disable, "Do not kill when memory runs out");
    add_int(command, "--oom-score-adj", flags.oom_score_adj, "NUMBER", "Preference of the kernel's OOM killer");
    add_int(command, "--pids-limit", resources.pids_limit, "LIMIT", "Most processes, -1 for no limit");
    add_list(command, "--device-read-iops", resources.device_read_iops, "PATH:RATE", "Reads a second from a device");
    add_list(command, "--device-write-iops", resources.device_write_iops, "PATH:RATE", "Writes a second to a device");
    add_list_csv(command, "--cgroup-conf", resources.cgroup_conf, "KEY=VALUE", "Write a cgroup v2 file");
    add_string(command, "--cgroup-parent", flags.cgroup_parent, "PATH", "Cgroup in which the container's is made");
    add_string(command, "--cgroups", flags.cgroups, "MODE", "enabled, no-conmon, or split: below the caller's own cgroup");
    add_string(command, "--rdt-class", flags.rdt_class, "CLASS", "Intel RDT class of service");
}

void add_network_options(CLI::App& command, libpod::NetworkFlags& flags) {
    add_list(command, "--network,--net", flags.network, "MODE", "bridge, NAME[:OPTION,…], none, host, container:NAME or ns:PATH");
    add_string(command, "--ip", flags.ip, "IPv4", "IPv4 address of the container");
    add_string(command, "--ip6", flags.ip6, "IPv6", "IPv6 address of the container");
    add_string(command, "--mac-address", flags.mac_address, "MAC", "Ethernet address of the container");
    add_list_csv(command, "--network-alias,--net-alias", flags.aliases, "NAME", "Further name of the container on its networks");
}

void add_publish_options(CLI::App& command, libpod::PublishFlags& flags) {
    add_list_csv(command, "-p,--publish", flags.publish, "PORT", "Publish a port: [[IP:][HOST_PORT]:]PORT[/PROTOCOL]");
    add_list_csv(command, "--expose", flags.expose, "PORT", "Say that the container serves a port");
    add_flag(command, "-P,--publish-all", flags.all, "Publish all exposed ports to free ports of the host");
}

void add_name_options(CLI::App& command, CreateFlags& flags) {
    add_list_csv(command, "--add-host", flags.add_host, "HOST[;HOST]:IP", "Add a line to /etc/hosts");
    add_list_csv(command, "--dns", flags.dns, "IP", "Name server");
    add_list_csv(command, "--dns-option,--dns-opt", flags.dns_option, "OPTION", "Option of the resolver");
    add_list_csv(command, "--dns-search", flags.dns_search, "DOMAIN", "Search domain");
    add_string(command, "--hosts-file", flags.hosts_file, "FILE", "What /etc/hosts begins with: a file, image or none");
    add_flag(command, "--no-hosts", flags.no_hosts, "Do not make /etc/hosts");
}

}  // namespace

void add_limit_options(CLI::App& command, libpod::ResourceFlags& resources) {
    add_string(command, "-m,--memory", resources.memory, "SIZE", "Memory limit");
    add_string(command, "--memory-reservation", resources.memory_reservation, "SIZE", "Soft memory limit");
    add_string(command, "--memory-swap", resources.memory_swap, "SIZE", "Limit of memory and swap together, -1 for none");
    add_int(command, "--memory-swappiness", resources.memory_swappiness, "NUMBER", "0 to 100, -1 for the default");
    add_float(command, "--cpus", resources.cpus, "NUMBER", "Processor time, in processors");
    add_uint(command, "--cpu-period", resources.cpu_period, "MICROSECONDS", "Period of the CPU quota");
    add_int(command, "--cpu-quota", resources.cpu_quota, "MICROSECONDS", "CPU time in each period");
    add_uint(command, "--cpu-rt-period", resources.cpu_rt_period, "MICROSECONDS", "Period of realtime CPU time");
    add_int(command, "--cpu-rt-runtime", resources.cpu_rt_runtime, "MICROSECONDS", "Realtime CPU time in each period");
    add_uint(command, "-c,--cpu-shares", resources.cpu_shares, "SHARES", "Relative weight");
    add_string(command, "--cpuset-cpus", resources.cpuset_cpus, "LIST", "Processors: 0-3,5");
    add_string(command, "--cpuset-mems", resources.cpuset_mems, "LIST", "Memory nodes: 0,1");
    add_string(command, "--blkio-weight", resources.blkio_weight, "WEIGHT", "Block I/O weight, 10 to 1000");
    add_list(command, "--blkio-weight-device", resources.blkio_weight_device, "DEVICE:WEIGHT", "Block I/O weight of a device");
    add_list(command, "--device-read-bps", resources.device_read_bps, "PATH:RATE", "Bytes a second read from a device");
    add_list(command, "--device-write-bps", resources.device_write_bps, "PATH:RATE", "Bytes a second written to a device");
}

void add_create_options(CLI::App& command, CreateCall& call) {
    add_process_options(command, call.flags);
    add_environment_options(command, call.flags);
    add_identity_options(command, call.flags);
    add_isolation_options(command, call.flags);
    add_file_options(command, call.flags);
    add_resource_options(command, call.flags);
    add_network_options(command, call.flags.network);
    add_publish_options(command, call.flags.publish);
    add_name_options(command, call.flags);
    add_health_options(command, call.flags.health);
    add_list_csv(command, "-a,--attach", call.attach, "STREAM", "Attach stdin, stdout or stderr");
    add_string(command, "--pull", call.pull, "POLICY", "always, missing (default), newer or never");
    add_platform_flags(command, call.platform);
    add_registry_flags(command, call.registry);
    add_retry_flags(command, call.registry);
    add_flag(command, "-q,--quiet", call.quiet, "Say nothing while the image is fetched");
    add_flag(command, "--dry-run", call.dry_run, "Print the configuration and where it comes from, and make nothing");
    add_string(command, "--sdnotify", call.flags.sdnotify, "MODE", "Who tells the service manager: container (default), conmon, healthy or ignore");
    add_only(command, "--seccomp-policy", "default", "only the default policy is", "Only default");
    add_content_trust_flag(command);
    add_refused(command, kRefusedFlags);
    add_string(command, "IMAGE", call.flags.image, "", "");
    add_list(command, "COMMAND", call.flags.command, "", "");
}

}  // namespace skiff::cli
