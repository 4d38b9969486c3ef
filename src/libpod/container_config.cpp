#include "libpod/container_config.h"

#include "libpod/json_fields.h"
#include "libpod/listed_config.h"

namespace skiff::network {

static constexpr auto words_of(const Protocol*) {
    return std::array<libpod::json_fields::Word<Protocol>, 3>{{{"tcp", Protocol::Tcp}, {"udp", Protocol::Udp}, {"sctp", Protocol::Sctp}}};
}
static constexpr auto fields_of(const PortMapping*) {
    using libpod::json_fields::Field;
    return std::tuple{Field{"host_ip", &PortMapping::host_ip}, Field{"host_port", &PortMapping::host_port},
                      Field{"container_port", &PortMapping::container_port}, Field{"range", &PortMapping::range},
                      Field{"protocol", &PortMapping::protocol}};
}

}  // namespace skiff::network

// The member names below are the stored format: one is never reused with another meaning.
// fields_of and words_of are found by argument-dependent lookup, which does not look into unnamed namespaces.
namespace skiff::libpod {

using json_fields::Field;
using json_fields::Word;

static constexpr auto words_of(const NamespaceKind*) {
    return std::array<Word<NamespaceKind>, 8>{{{"default", NamespaceKind::Default},
                                               {"private", NamespaceKind::Private},
                                               {"host", NamespaceKind::Host},
                                               {"container", NamespaceKind::Container},
                                               {"path", NamespaceKind::Path},
                                               {"none", NamespaceKind::None},
                                               {"shareable", NamespaceKind::Shareable},
                                               {"bridge", NamespaceKind::Bridge}}};
}
static constexpr auto words_of(const MountKind*) {
    return std::array<Word<MountKind>, 7>{{{"bind", MountKind::Bind},
                                           {"tmpfs", MountKind::Tmpfs},
                                           {"volume", MountKind::Volume},
                                           {"image", MountKind::Image},
                                           {"devpts", MountKind::Devpts},
                                           {"ramfs", MountKind::Ramfs},
                                           {"mqueue", MountKind::Mqueue}}};
}
static constexpr auto words_of(const RestartKind*) {
    return std::array<Word<RestartKind>, 4>{{{"no", RestartKind::No},
                                             {"on-failure", RestartKind::OnFailure},
                                             {"always", RestartKind::Always},
                                             {"unless-stopped", RestartKind::UnlessStopped}}};
}
static constexpr auto words_of(const ImageVolumeMode*) {
    return std::array<Word<ImageVolumeMode>, 3>{{{"anonymous", ImageVolumeMode::Anonymous},
                                                 {"tmpfs", ImageVolumeMode::Tmpfs},
                                                 {"ignore", ImageVolumeMode::Ignore}}};
}

static constexpr auto fields_of(const NamespaceMode*) {
    return std::tuple{Field{"kind", &NamespaceMode::kind}, Field{"value", &NamespaceMode::value}};
}
static constexpr auto fields_of(const Namespaces*) {
    return std::tuple{Field{"pid", &Namespaces::pid},         Field{"ipc", &Namespaces::ipc},
                      Field{"network", &Namespaces::network}, Field{"uts", &Namespaces::uts},
                      Field{"user", &Namespaces::user},       Field{"cgroup", &Namespaces::cgroup}};
}
static constexpr auto fields_of(const IdMapping*) {
    return std::tuple{Field{"container_id", &IdMapping::container_id}, Field{"host_id", &IdMapping::host_id},
                      Field{"count", &IdMapping::count}};
}
static constexpr auto fields_of(const MountConfig*) {
    return std::tuple{Field{"kind", &MountConfig::kind},
                      Field{"source", &MountConfig::source},
                      Field{"destination", &MountConfig::destination},
                      Field{"options", &MountConfig::options},
                      Field{"subpath", &MountConfig::subpath},
                      Field{"upper_dir", &MountConfig::upper_dir},
                      Field{"work_dir", &MountConfig::work_dir},
                      Field{"overlay", &MountConfig::overlay},
                      Field{"chown", &MountConfig::chown},
                      Field{"relabel_shared", &MountConfig::relabel_shared},
                      Field{"relabel_private", &MountConfig::relabel_private},
                      Field{"copy", &MountConfig::copy},
                      Field{"id_mapped", &MountConfig::id_mapped},
                      Field{"uid_map", &MountConfig::uid_map},
                      Field{"gid_map", &MountConfig::gid_map},
                      Field{"from_image", &MountConfig::from_image},
                      Field{"anonymous", &MountConfig::anonymous}};
}
static constexpr auto fields_of(const DeviceConfig*) {
    return std::tuple{Field{"host_path", &DeviceConfig::host_path},
                      Field{"container_path", &DeviceConfig::container_path},
                      Field{"permissions", &DeviceConfig::permissions}};
}
static constexpr auto fields_of(const DeviceRule*) {
    return std::tuple{Field{"type", &DeviceRule::type}, Field{"major", &DeviceRule::major},
                      Field{"minor", &DeviceRule::minor}, Field{"access", &DeviceRule::access}};
}
static constexpr auto fields_of(const Ulimit*) {
    return std::tuple{Field{"name", &Ulimit::name}, Field{"soft", &Ulimit::soft}, Field{"hard", &Ulimit::hard}};
}
static constexpr auto fields_of(const DeviceRate*) {
    return std::tuple{Field{"path", &DeviceRate::path}, Field{"rate", &DeviceRate::rate}};
}
static constexpr auto fields_of(const Resources*) {
    return std::tuple{Field{"memory_bytes", &Resources::memory_bytes},
                      Field{"memory_swap_bytes", &Resources::memory_swap_bytes},
                      Field{"memory_reservation_bytes", &Resources::memory_reservation_bytes},
                      Field{"memory_swappiness", &Resources::memory_swappiness},
                      Field{"oom_kill_disable", &Resources::oom_kill_disable},
                      Field{"cpu_period_us", &Resources::cpu_period_us},
                      Field{"cpu_quota_us", &Resources::cpu_quota_us},
                      Field{"cpu_shares", &Resources::cpu_shares},
                      Field{"cpu_rt_period_us", &Resources::cpu_rt_period_us},
                      Field{"cpu_rt_runtime_us", &Resources::cpu_rt_runtime_us},
                      Field{"cpuset_cpus", &Resources::cpuset_cpus},
                      Field{"cpuset_mems", &Resources::cpuset_mems},
                      Field{"pids_limit", &Resources::pids_limit},
                      Field{"blkio_weight", &Resources::blkio_weight},
                      Field{"blkio_weight_device", &Resources::blkio_weight_device},
                      Field{"device_read_bps", &Resources::device_read_bps},
                      Field{"device_write_bps", &Resources::device_write_bps},
                      Field{"device_read_iops", &Resources::device_read_iops},
                      Field{"device_write_iops", &Resources::device_write_iops},
                      Field{"unified", &Resources::unified}};
}
static constexpr auto fields_of(const SecurityOptions*) {
    return std::tuple{Field{"no_new_privileges", &SecurityOptions::no_new_privileges},
                      Field{"seccomp_profile", &SecurityOptions::seccomp_profile},
                      Field{"apparmor_profile", &SecurityOptions::apparmor_profile},
                      Field{"label", &SecurityOptions::label},
                      Field{"mask", &SecurityOptions::mask},
                      Field{"unmask", &SecurityOptions::unmask},
                      Field{"proc_opts", &SecurityOptions::proc_opts}};
}
static constexpr auto fields_of(const RestartPolicy*) {
    return std::tuple{Field{"kind", &RestartPolicy::kind}, Field{"max_retries", &RestartPolicy::max_retries}};
}
static constexpr auto fields_of(const LogConfig*) {
    return std::tuple{Field{"driver", &LogConfig::driver}, Field{"path", &LogConfig::path},
                      Field{"max_size_bytes", &LogConfig::max_size_bytes}, Field{"max_files", &LogConfig::max_files},
                      Field{"tag", &LogConfig::tag}};
}
static constexpr auto fields_of(const SecretConfig*) {
    return std::tuple{Field{"id", &SecretConfig::id},         Field{"name", &SecretConfig::name}, Field{"env", &SecretConfig::env},
                      Field{"target", &SecretConfig::target}, Field{"uid", &SecretConfig::uid},   Field{"gid", &SecretConfig::gid},
                      Field{"mode", &SecretConfig::mode}};
}
static constexpr auto fields_of(const ExtraHost*) {
    return std::tuple{Field{"names", &ExtraHost::names}, Field{"address", &ExtraHost::address}};
}
static constexpr auto fields_of(const DnsOptions*) {
    return std::tuple{Field{"servers", &DnsOptions::servers}, Field{"searches", &DnsOptions::searches},
                      Field{"options", &DnsOptions::options}};
}

static constexpr auto words_of(const HealthAction*) {
    return std::array<Word<HealthAction>, 4>{{{"none", HealthAction::None},
                                              {"kill", HealthAction::Kill},
                                              {"restart", HealthAction::Restart},
                                              {"stop", HealthAction::Stop}}};
}
static constexpr auto fields_of(const StartupCheck*) {
    return std::tuple{Field{"test", &StartupCheck::test},
                      Field{"interval_ns", &StartupCheck::interval_ns},
                      Field{"timeout_ns", &StartupCheck::timeout_ns},
                      Field{"retries", &StartupCheck::retries},
                      Field{"successes", &StartupCheck::successes}};
}
static constexpr auto fields_of(const HealthConfig*) {
    return std::tuple{Field{"test", &HealthConfig::test},
                      Field{"interval_ns", &HealthConfig::interval_ns},
                      Field{"timeout_ns", &HealthConfig::timeout_ns},
                      Field{"start_period_ns", &HealthConfig::start_period_ns},
                      Field{"retries", &HealthConfig::retries},
                      Field{"on_failure", &HealthConfig::on_failure},
                      Field{"startup", &HealthConfig::startup},
                      Field{"log_destination", &HealthConfig::log_destination},
                      Field{"max_log_count", &HealthConfig::max_log_count},
                      Field{"max_log_size", &HealthConfig::max_log_size}};
}
static constexpr auto fields_of(const Supervision*) {
    return std::tuple{Field{"health", &Supervision::health}, Field{"sdnotify", &Supervision::sdnotify}};
}

static constexpr auto fields_of(const CdiRequest*) {
    return std::tuple{Field{"devices", &CdiRequest::devices}, Field{"spec_dirs", &CdiRequest::spec_dirs}};
}
static constexpr auto fields_of(const Integration*) {
    return std::tuple{Field{"systemd", &Integration::systemd}, Field{"systemd_tmpfs_bytes", &Integration::systemd_tmpfs_bytes},
                      Field{"cdi", &Integration::cdi}, Field{"base_hosts_file", &Integration::base_hosts_file},
                      Field{"host_address", &Integration::host_address}};
}

static constexpr auto fields_of(const Asked*) {
    return std::tuple{Field{"work_dir", &Asked::work_dir}, Field{"publish_all", &Asked::publish_all}};
}

static constexpr auto origin_fields() {
    using C = ContainerConfig;
    return std::tuple{Field{"id", &C::id},
                      Field{"name", &C::name},
                      Field{"created_at", &C::created_at},
                      Field{"create_command", &C::create_command},
                      Field{"image_id", &C::image_id},
                      Field{"image_name", &C::image_name},
                      Field{"raw_image_name", &C::raw_image_name},
                      Field{"top_layer", &C::top_layer},
                      Field{"rootfs", &C::rootfs},
                      Field{"rootfs_overlay", &C::rootfs_overlay},
                      Field{"exposed_ports", &C::exposed_ports},
                      Field{"healthcheck_json", &C::healthcheck_json}};
}
static constexpr auto process_fields() {
    using C = ContainerConfig;
    return std::tuple{Field{"entrypoint", &C::entrypoint},
                      Field{"command", &C::command},
                      Field{"env", &C::env},
                      Field{"work_dir", &C::work_dir},
                      Field{"user", &C::user},
                      Field{"groups", &C::groups},
                      Field{"terminal", &C::terminal},
                      Field{"stdin_open", &C::stdin_open},
                      Field{"init", &C::init},
                      Field{"init_path", &C::init_path},
                      Field{"stop_signal", &C::stop_signal},
                      Field{"stop_timeout_s", &C::stop_timeout_s},
                      Field{"timeout_s", &C::timeout_s},
                      Field{"preserve_fds", &C::preserve_fds},
                      Field{"personality", &C::personality},
                      Field{"umask", &C::umask},
                      Field{"hostname", &C::hostname},
                      Field{"no_hostname", &C::no_hostname},
                      Field{"labels", &C::labels},
                      Field{"annotations", &C::annotations},
                      Field{"cid_file", &C::cid_file},
                      Field{"pid_file", &C::pid_file},
                      Field{"conmon_pid_file", &C::conmon_pid_file},
                      Field{"requires_containers", &C::requires_containers}};
}
static constexpr auto isolation_fields() {
    using C = ContainerConfig;
    return std::tuple{Field{"namespaces", &C::namespaces},
                      Field{"uid_map", &C::uid_map},
                      Field{"gid_map", &C::gid_map},
                      Field{"cap_add", &C::cap_add},
                      Field{"cap_drop", &C::cap_drop},
                      Field{"default_capabilities", &C::default_capabilities},
                      Field{"privileged", &C::privileged},
                      Field{"security", &C::security},
                      Field{"sysctls", &C::sysctls},
                      Field{"ulimits", &C::ulimits},
                      Field{"ulimit_host", &C::ulimit_host},
                      Field{"resources", &C::resources},
                      Field{"oom_score_adj", &C::oom_score_adj},
                      Field{"cgroup_parent", &C::cgroup_parent},
                      Field{"cgroup_manager", &C::cgroup_manager},
                      Field{"cgroups", &C::cgroups},
                      Field{"rdt_class", &C::rdt_class}};
}
static constexpr auto rest_fields() {
    using C = ContainerConfig;
    return std::tuple{Field{"mounts", &C::mounts},
                      Field{"volumes_from", &C::volumes_from},
                      Field{"secrets", &C::secrets},
                      Field{"image_volumes", &C::image_volumes},
                      Field{"read_only", &C::read_only},
                      Field{"read_only_tmpfs", &C::read_only_tmpfs},
                      Field{"shm_size_bytes", &C::shm_size_bytes},
                      Field{"devices", &C::devices},
                      Field{"device_rules", &C::device_rules},
                      Field{"chroot_dirs", &C::chroot_dirs},
                      Field{"time_zone", &C::time_zone},
                      Field{"passwd", &C::passwd},
                      Field{"passwd_entry", &C::passwd_entry},
                      Field{"group_entry", &C::group_entry},
                      Field{"host_users", &C::host_users},
                      Field{"dns", &C::dns},
                      Field{"extra_hosts", &C::extra_hosts},
                      Field{"no_hosts", &C::no_hosts},
                      Field{"ports", &C::ports},
                      Field{"restart", &C::restart},
                      Field{"remove", &C::remove},
                      Field{"remove_image", &C::remove_image},
                      Field{"log", &C::log},
                      Field{"runtime", &C::runtime},
                      Field{"supervision", &C::supervision},
                      Field{"integration", &C::integration},
                      Field{"asked", &C::asked}};
}
static constexpr auto fields_of(const ContainerConfig*) {
    return std::tuple_cat(origin_fields(), process_fields(), isolation_fields(), rest_fields());
}

static constexpr auto fields_of(const ListedConfig*) {
    using L = ListedConfig;
    return std::tuple{Field{"image_id", &L::image_id},     Field{"image_name", &L::image_name},
                      Field{"rootfs", &L::rootfs},         Field{"entrypoint", &L::entrypoint},
                      Field{"command", &L::command},       Field{"labels", &L::labels},
                      Field{"cid_file", &L::cid_file},     Field{"namespaces", &L::namespaces},
                      Field{"mounts", &L::mounts},         Field{"restart", &L::restart},
                      Field{"remove", &L::remove},         Field{"requires_containers", &L::requires_containers},
                      Field{"ports", &L::ports},           Field{"exposed_ports", &L::exposed_ports}};
}

Json to_json(const ContainerConfig& config) { return json_fields::encode(config); }

ContainerConfig read_config(std::string_view text) {
    return json_fields::decode_document<ContainerConfig>(text, "a container's configuration");
}

ListedConfig read_listed_config(std::string_view text) {
    return json_fields::decode_document<ListedConfig>(text, "a container's configuration");
}

std::vector<std::string> ListedConfig::argv() const {
    auto argv = entrypoint;
    argv.insert(argv.end(), command.begin(), command.end());
    return argv;
}

std::vector<std::string> argv_of(const ContainerConfig& config) {
    auto argv = config.entrypoint;
    argv.insert(argv.end(), config.command.begin(), config.command.end());
    return argv;
}

}  // namespace skiff::libpod
