#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "libpod/spec/parts.h"
#include "libpod/spec/systemd_mode.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

using Options = std::vector<std::string>;

bool any_of_words(const Options& options, std::initializer_list<std::string_view> words) {
    return std::any_of(options.begin(), options.end(), [&](const std::string& option) {
        return std::find(words.begin(), words.end(), option) != words.end();
    });
}
bool has_propagation(const Options& options) {
    return any_of_words(options, {"shared", "rshared", "slave", "rslave", "private", "rprivate", "unbindable", "runbindable"});
}
void add_default(Options& options, std::string_view word, std::initializer_list<std::string_view> unless) {
    if (!any_of_words(options, unless)) options.emplace_back(word);
}

Json mount(std::string_view destination, std::string_view type, std::string_view source, Options options) {
    return {{"destination", destination}, {"type", type}, {"source", source}, {"options", std::move(options)}};
}

/// All mounts in the making. A destination that the user has taken is left to the user.
class MountList {
public:
    MountList(const ContainerConfig& config, const SpecInputs& inputs) : config_{config}, inputs_{inputs} {
        for (const auto& mine : config.mounts) taken_.insert(mine.destination);
    }

    Json run() {
        add_kernel_file_systems();
        add_shared_memory();
        add_cgroup();
        if (config_.integration.systemd) add_for_systemd();
        if (config_.read_only && config_.read_only_tmpfs) {
            for (const auto* path : {"/run", "/tmp", "/var/tmp"}) {
                add(mount(path, "tmpfs", "tmpfs", {"rw", "rprivate", "nosuid", "nodev", "tmpcopyup"}));
            }
        }
        add_generated_files();
        for (const auto& secret : inputs_.secret_mounts) add(of_user(secret));
        for (const auto& mine : config_.mounts) mounts_.push_back(of_user(mine));
        return sorted();
    }

private:
    /// A mount on /dev by the user takes everything below it along: nothing is put into a directory of the host's.
    bool is_taken(const std::string& destination) const {
        return taken_.count(destination) != 0 || (destination.starts_with("/dev/") && taken_.count("/dev") != 0);
    }
    void add(Json entry) {
        const auto& destination = entry["destination"].get_ref<const std::string&>();
        if (!is_taken(destination) && !is_there(destination)) mounts_.push_back(std::move(entry));
    }
    bool is_there(const std::string& destination) const {
        return std::any_of(mounts_.begin(), mounts_.end(), [&](const Json& other) { return other["destination"] == destination; });
    }

    void add_kernel_file_systems() {
        const bool foreign_user = has_own_user_namespace(config_);
        const bool host_pid = config_.namespaces.pid.kind == NamespaceKind::Host;
        const bool host_net = config_.namespaces.network.kind == NamespaceKind::Host;
        // The kernel lets a user namespace mount procfs and sysfs anew only for namespaces that it owns.
        if (foreign_user && host_pid) add(mount("/proc", "bind", "/proc", {"rbind", "rslave", "nosuid", "noexec", "nodev"}));
        else add(mount("/proc", "proc", "proc", proc_options()));
        add(mount("/dev", "tmpfs", "tmpfs", {"nosuid", "noexec", "strictatime", "mode=755", "size=65536k"}));
        Options sys{"rprivate", "nosuid", "noexec", "nodev", config_.privileged ? "rw" : "ro"};
        if (foreign_user && host_net) sys.emplace_back("rbind");
        add(mount("/sys", foreign_user && host_net ? "bind" : "sysfs", foreign_user && host_net ? "/sys" : "sysfs", std::move(sys)));
        add(mount("/dev/pts", "devpts", "devpts", pts_options()));
        add(mount("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}));
    }
    Options proc_options() const {
        Options options{"nosuid", "noexec", "nodev"};
        if (config_.security.proc_opts.empty()) return options;
        for (auto& word : split(config_.security.proc_opts, ',')) options.push_back(std::move(word));
        return options;
    }
    /// Group 5 is tty; in a user namespace that does not map it the option is refused by the kernel.
    Options pts_options() const {
        Options options{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"};
        const auto& map = config_.gid_map;
        const bool mapped = map.empty() || std::any_of(map.begin(), map.end(), [](auto& m) { return m.container_id <= 5 && m.container_id + m.count > 5; });
        if (mapped) options.emplace_back("gid=5");
        return options;
    }

    void add_shared_memory() {
        const auto kind = config_.namespaces.ipc.kind;
        if (kind == NamespaceKind::None) return;
        const Options flags{"bind", "rprivate", "nosuid", "noexec", "nodev"};
        if (kind == NamespaceKind::Host) return add(mount("/dev/shm", "bind", "/dev/shm", flags));
        if (!inputs_.shm_dir.empty()) return add(mount("/dev/shm", "bind", inputs_.shm_dir.string(), flags));
        Options options{"nosuid", "noexec", "nodev", "mode=1777"};
        if (config_.shm_size_bytes > 0) options.push_back(concat("size=", config_.shm_size_bytes));
        add(mount("/dev/shm", "tmpfs", "shm", std::move(options)));
    }

    void add_cgroup() {
        const bool own_tree = config_.integration.systemd && inputs_.host.cgroups == CgroupMode::V2;
        const char* access = config_.privileged || own_tree ? "rw" : "ro";
        add(mount("/sys/fs/cgroup", "cgroup", "cgroup", {"rprivate", "nosuid", "noexec", "nodev", "relatime", access}));
    }

    /// With cgroup v1, systemd manages a hierarchy of its own.
    void add_for_systemd() {
        for (const char* path : kSystemdTmpfs) {
            Options options{"rw", "rprivate", "nosuid", "nodev", "tmpcopyup"};
            if (config_.integration.systemd_tmpfs_bytes > 0) options.push_back(concat("size=", config_.integration.systemd_tmpfs_bytes));
            add(mount(path, "tmpfs", "tmpfs", std::move(options)));
        }
        if (!inputs_.host.systemd_cgroup) return;
        add(mount("/sys/fs/cgroup/systemd", "bind", "/sys/fs/cgroup/systemd", {"bind", "rprivate", "nosuid", "noexec", "nodev", "rw"}));
    }

    void add_generated_files() {
        add_file("/etc/hosts", inputs_.hosts_file, "rw");
        add_file("/etc/resolv.conf", inputs_.resolv_conf, "rw");
        add_file("/etc/hostname", inputs_.hostname_file, "rw");
        add_file("/etc/passwd", inputs_.passwd_file, "rw");
        add_file("/etc/group", inputs_.group_file, "rw");
        add_file("/etc/localtime", inputs_.local_time, "ro");
        add_file("/run/.containerenv", inputs_.containerenv, "rw");
        add_file("/run/notify", inputs_.notify_dir, "ro");
        if (!config_.init) return;
        if (inputs_.init_stub.empty()) throw Error{ErrorKind::Unsupported, "--init: there is no init program"};
        add_file("/run/skiff-init", inputs_.init_stub, "ro");
    }
    void add_file(std::string_view destination, const fs::path& source, std::string_view access) {
        if (!source.empty()) add(mount(destination, "bind", source.string(), {"bind", "rprivate", std::string{access}}));
    }

    static Json mappings(const std::vector<IdMapping>& map) {
        Json list = Json::array();
        for (const auto& line : map) list.push_back({{"containerID", line.container_id}, {"hostID", line.host_id}, {"size", line.count}});
        return list;
    }

    Json of_user(const MountConfig& mine) const {
        switch (mine.kind) {
            case MountKind::Tmpfs:
            case MountKind::Ramfs: return memory_mount(mine);
            case MountKind::Devpts: return mount(mine.destination, "devpts", "devpts", with_defaults_of_devpts(mine.options));
            case MountKind::Mqueue: return mount(mine.destination, "mqueue", "mqueue", {"nosuid", "noexec", "nodev"});
            case MountKind::Bind:
            case MountKind::Volume:
            case MountKind::Image: return bind_mount(mine);
        }
        throw Error{ErrorKind::Corrupt, concat("mount ", quote(mine.destination), ": unknown kind")};
    }
    static Options with_defaults_of_devpts(Options options) {
        options.insert(options.end(), {"nosuid", "noexec", "newinstance"});
        return options;
    }
    Json memory_mount(const MountConfig& mine) const {
        Options options = mine.options;
        if (mine.chown) {
            options.push_back(concat("uid=", inputs_.user.uid));
            options.push_back(concat("gid=", inputs_.user.gid));
        }
        add_default(options, "rw", {"ro", "rw"});
        if (!has_propagation(options)) options.emplace_back("rprivate");
        add_default(options, "nosuid", {"suid", "nosuid"});
        add_default(options, "nodev", {"dev", "nodev"});
        if (mine.kind == MountKind::Tmpfs) add_default(options, "tmpcopyup", {"tmpcopyup", "notmpcopyup"});
        std::erase(options, "notmpcopyup");
        const char* type = mine.kind == MountKind::Tmpfs ? "tmpfs" : "ramfs";
        return mount(mine.destination, type, type, std::move(options));
    }
    Json bind_mount(const MountConfig& mine) const {
        const auto prepared = inputs_.mount_sources.find(mine.destination);
        const bool needs_preparing = mine.kind != MountKind::Bind || mine.overlay;
        if (needs_preparing && prepared == inputs_.mount_sources.end()) {
            throw Error{ErrorKind::Unsupported, concat("mount ", quote(mine.destination), ": nobody prepared its source")};
        }
        Options options = mine.options;
        add_default(options, mine.kind == MountKind::Image ? "ro" : "rw", {"ro", "rw"});
        if (!has_propagation(options)) options.emplace_back("rprivate");
        if (mine.kind == MountKind::Volume) {
            add_default(options, "nosuid", {"suid", "nosuid"});
            add_default(options, "nodev", {"dev", "nodev"});
        }
        add_default(options, "rbind", {"bind", "rbind"});
        if (mine.id_mapped && mine.uid_map.empty()) options.emplace_back("idmap");
        Json entry = mount(mine.destination, "bind", prepared == inputs_.mount_sources.end() ? mine.source : prepared->second.string(), std::move(options));
        if (!mine.uid_map.empty()) {
            entry["uidMappings"] = mappings(mine.uid_map);
            entry["gidMappings"] = mappings(mine.gid_map);
        }
        return entry;
    }

    /// Parents first; among equals the order of adding.
    Json sorted() {
        const auto depth = [](const Json& entry) {
            const auto& path = entry["destination"].get_ref<const std::string&>();
            return std::count(path.begin(), path.end(), '/');
        };
        std::stable_sort(mounts_.begin(), mounts_.end(), [&](const Json& left, const Json& right) { return depth(left) < depth(right); });
        return mounts_;
    }

    const ContainerConfig& config_;
    const SpecInputs& inputs_;
    std::set<std::string> taken_;
    std::vector<Json> mounts_;
};

}  // namespace

Json mounts_part(const ContainerConfig& config, const SpecInputs& inputs) { return MountList{config, inputs}.run(); }

}  // namespace skiff::libpod
