#include "libpod/containers_conf.h"

#include <fcntl.h>

#include <algorithm>

// The only user of toml++: it is heavy to compile. Header-only, because the distribution's library is a shared one.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "util/error.h"
#include "util/files.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// Copies known keys of one table into the configuration and remembers which it has seen.
class TableReader {
public:
    TableReader(const toml::table& document, std::string_view section, std::string file)
        : section_{section}, file_{std::move(file)} {
        const auto* found = document.get(section);
        if (found == nullptr) return;
        table_ = found->as_table();
        if (table_ == nullptr) throw Error{ErrorKind::Invalid, concat(file_, ": ", quote(section), " is not a table")};
    }

    void take(std::string_view key, std::string& out) { take_value<std::string>(key, "a string", out); }
    void take(std::string_view key, bool& out) { take_value<bool>(key, "true or false", out); }
    void take(std::string_view key, std::int64_t& out) { take_value<std::int64_t>(key, "a whole number", out); }
    void take(std::string_view key, std::optional<std::int64_t>& out) {
        std::int64_t value = out.value_or(0);
        if (take_value<std::int64_t>(key, "a whole number", value)) out = value;
    }
    void take(std::string_view key, std::uint32_t& out) {
        std::int64_t value = out;
        if (!take_value<std::int64_t>(key, "a whole number", value)) return;
        if (!std::in_range<std::uint32_t>(value)) wrong(key, "in range");
        out = static_cast<std::uint32_t>(value);
    }
    void take(std::string_view key, std::vector<std::string>& out) {
        const auto* node = find(key);
        if (node == nullptr) return;
        out = strings(key, *node);
    }
    void take(std::string_view key, std::map<std::string, std::vector<std::string>>& out) {
        const auto* node = find(key);
        if (node == nullptr) return;
        if (!node->is_table()) wrong(key, "a table");
        for (const auto& [name, paths] : *node->as_table()) out[std::string{name.str()}] = strings(name.str(), paths);
    }
    void take(std::string_view key, std::vector<ConfiguredPool>& out) {
        const auto* node = find(key);
        if (node == nullptr) return;
        const auto* list = node->as_array();
        if (list == nullptr) wrong(key, "a list of tables");
        out.clear();
        for (const auto& element : *list) {
            const auto* pool = element.as_table();
            const auto base = pool == nullptr ? std::nullopt : pool->at_path("base").value_exact<std::string>();
            const auto size = pool == nullptr ? std::nullopt : pool->at_path("size").value_exact<std::int64_t>();
            if (!base || !size) wrong(key, "a list of tables with base and size");
            out.push_back({*base, *size});
        }
    }
    /// Keys of the format that this engine has no use for.
    void pass_over(std::initializer_list<std::string_view> keys) { known_.insert(known_.end(), keys.begin(), keys.end()); }

    ~TableReader() {
        if (table_ == nullptr) return;
        for (const auto& [key, value] : *table_) {
            if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
            log::debug(concat(file_, ": unknown key ", quote(concat(section_, ".", key.str())), ", ignoring"));
        }
    }
    TableReader(const TableReader&) = delete;
    TableReader& operator=(const TableReader&) = delete;

private:
    const toml::node* find(std::string_view key) {
        known_.push_back(key);
        return table_ == nullptr ? nullptr : table_->get(key);
    }
    template <typename T>
    bool take_value(std::string_view key, std::string_view wanted, T& out) {
        const auto* node = find(key);
        if (node == nullptr) return false;
        const auto value = node->value_exact<T>();
        if (!value) wrong(key, wanted);
        out = *value;
        return true;
    }
    std::vector<std::string> strings(std::string_view key, const toml::node& node) const {
        const auto* list = node.as_array();
        if (list == nullptr) wrong(key, "a list of strings");
        std::vector<std::string> out;
        for (const auto& element : *list) {
            const auto text = element.value_exact<std::string>();
            if (!text) wrong(key, "a list of strings");
            out.push_back(*text);
        }
        return out;
    }
    [[noreturn]] void wrong(std::string_view key, std::string_view wanted) const {
        throw Error{ErrorKind::Invalid, concat(file_, ": ", quote(concat(section_, ".", key)), " is not ", wanted)};
    }

    std::string_view section_;
    std::string file_;
    const toml::table* table_ = nullptr;
    std::vector<std::string_view> known_;
};

void read_containers(const toml::table& document, const std::string& file, EngineConfig& out) {
    TableReader reader{document, "containers", file};
    reader.take("annotations", out.annotations);
    reader.take("apparmor_profile", out.apparmor_profile);
    reader.take("base_hosts_file", out.base_hosts_file);
    reader.take("cgroupns", out.cgroupns);
    reader.take("cgroups", out.cgroups);
    reader.take("default_capabilities", out.default_capabilities);
    reader.take("default_sysctls", out.default_sysctls);
    reader.take("default_ulimits", out.default_ulimits);
    reader.take("devices", out.devices);
    reader.take("dns_servers", out.dns_servers);
    reader.take("dns_options", out.dns_options);
    reader.take("dns_searches", out.dns_searches);
    reader.take("env", out.env);
    reader.take("env_host", out.env_host);
    reader.take("host_containers_internal_ip", out.host_containers_internal_ip);
    reader.take("http_proxy", out.http_proxy);
    reader.take("init", out.init);
    reader.take("init_path", out.init_path);
    reader.take("ipcns", out.ipcns);
    reader.take("label", out.label);
    reader.take("log_driver", out.log_driver);
    reader.take("log_size_max", out.log_size_max_bytes);
    reader.take("log_tag", out.log_tag);
    reader.take("mounts", out.mounts);
    reader.take("netns", out.netns);
    reader.take("no_hosts", out.no_hosts);
    reader.take("oom_score_adj", out.oom_score_adj);
    reader.take("pidns", out.pidns);
    reader.take("pids_limit", out.pids_limit);
    reader.take("privileged", out.privileged);
    reader.take("read_only", out.read_only);
    reader.take("seccomp_profile", out.seccomp_profile);
    reader.take("shm_size", out.shm_size);
    reader.take("tz", out.time_zone);
    reader.take("umask", out.umask);
    reader.take("userns", out.userns);
    reader.take("utsns", out.utsns);
    reader.take("volumes", out.volumes);
    reader.pass_over({"enable_keyring", "enable_labeled_users", "interface_name", "keyring", "prepare_volume_on_create", "rootless_networking", "userns_size"});
}

void read_engine(const toml::table& document, const std::string& file, EngineConfig& out) {
    TableReader reader{document, "engine", file};
    reader.take("cdi_spec_dirs", out.cdi_spec_dirs);
    reader.take("cgroup_manager", out.cgroup_manager);
    reader.take("detach_keys", out.detach_keys);
    reader.take("events_logfile_max_size", out.events_logfile_max_size);
    reader.take("events_logfile_path", out.events_logfile_path);
    reader.take("events_logger", out.events_logger);
    reader.take("healthcheck_events", out.healthcheck_events);
    reader.take("hooks_dir", out.hooks_dir);
    reader.take("image_volume_mode", out.image_volume_mode);
    reader.take("pull_policy", out.pull_policy);
    reader.take("runtime", out.runtime);
    reader.take("runtimes", out.runtimes);
    reader.take("stop_timeout", out.stop_timeout_s);
    // Of podman's own storage, helper programs, remote service and machines.
    reader.pass_over({"active_service", "add_compression", "chown_copied_files", "compat_api_enforce_docker_hub",
                      "compose_providers", "compose_warning_logs", "compression_format", "compression_level", "conmon_env_vars",
                      "conmon_path", "conmonrs_path", "database_backend", "destination_by_digest", "enable_port_reservation",
                      "env", "events_container_create_inspect_data", "exit_command_delay", "helper_binaries_dir",
                      "image_build_format", "image_copy_tmp_dir", "image_default_format", "image_default_transport",
                      "image_parallel_copies", "infra_command", "infra_image", "kube_generate_type", "lock_type",
                      "multi_image_archive", "namespace", "network_cmd_options", "network_cmd_path", "no_pivot_root", "num_locks",
                      "platform_to_oci_runtime", "pod_exit_policy", "remote", "remote_identity", "remote_uri", "retry",
                      "retry_delay", "runtime_supports_json", "runtime_supports_kvm", "runtime_supports_nocgroups",
                      "service_destinations", "service_timeout", "ssh_config", "static_dir", "tmp_dir", "volume_path",
                      "volume_plugin_timeout", "volume_plugins"});
}

void read_network(const toml::table& document, const std::string& file, EngineConfig& out) {
    TableReader reader{document, "network", file};
    reader.take("default_network", out.default_network);
    reader.take("default_subnet", out.default_subnet);
    reader.take("default_subnet_pools", out.default_subnet_pools);
    reader.take("dns_bind_port", out.dns_bind_port);
    reader.pass_over({"cni_plugin_dirs", "default_rootless_network_cmd", "firewall_driver", "netavark_plugin_dirs", "network_backend",
                      "network_config_dir", "pasta_options"});
}

void merge(const std::string& text, const std::string& file, EngineConfig& out) {
    try {
        const auto document = toml::parse(std::string_view{text}, std::string_view{file});
        read_containers(document, file, out);
        read_engine(document, file, out);
        read_network(document, file, out);
    } catch (const toml::parse_error& error) {
        const auto& at = error.source().begin;
        throw Error{ErrorKind::Invalid, concat(file, " line ", at.line, " column ", at.column, ": ", error.description())};
    }
}

/// From the first character that is neither a space nor a tab.
std::string_view indented_text(std::string_view line) {
    const auto first = std::find_if(line.begin(), line.end(), [](char c) { return c != ' ' && c != '\t'; });
    return line.substr(static_cast<std::size_t>(first - line.begin()));
}

/// The name of a table, and nothing else.
bool is_plain_header(std::string_view line) {
    constexpr std::string_view kNameCharacters = "abcdefghijklmnopqrstuvwxyz_.";
    return line.size() > 2 && line.front() == '[' && line.back() == ']' &&
           line.substr(1, line.size() - 2).find_first_not_of(kNameCharacters) == std::string_view::npos;
}

struct Uncommented {
    std::string text;       ///< without comment lines and empty ones
    bool says_any = false;  ///< more than headers
};

/// Distributions ship 24 KB of commented defaults: little or nothing is left to parse.
Uncommented without_comment_lines(const std::string& text) {
    Uncommented out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        const std::string_view line = indented_text(std::string_view{text}.substr(at, end - at));
        if (!line.empty() && line.front() != '#') {
            out.text.append(text, at, end - at) += '\n';
            out.says_any = out.says_any || !is_plain_header(line);
        }
        at = end + 1;
    }
    return out;
}

/// A multi-line string, where a comment's look-alike is none, can only begin in a line that is no comment.
bool has_multi_line_string(const std::string& uncommented) {
    return uncommented.find("\"\"\"") != std::string::npos || uncommented.find("'''") != std::string::npos;
}

void merge_if_exists(const fs::path& file, EngineConfig& out) {
    const auto text = read_file_if_exists_at(AT_FDCWD, file, 4U << 20);
    if (!text) return;
    const Uncommented uncommented = without_comment_lines(*text);
    if (!uncommented.says_any) return;
    if (has_multi_line_string(uncommented.text)) return merge(*text, file.string(), out);
    try {
        merge(uncommented.text, file.string(), out);
    } catch (const Error&) {
        merge(*text, file.string(), out);  // for the error's place in the file
        throw;
    }
}

void merge_directory(const fs::path& directory, EngineConfig& out) {
    const auto fd = open_at_if_exists(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
    if (!fd) return;
    auto names = list_directory(fd.get());
    std::sort(names.begin(), names.end());
    for (const auto& name : names) {
        if (name.ends_with(".conf")) merge_if_exists(directory / name, out);
    }
}

void merge_named(std::string_view variable, const std::string& file, EngineConfig& out) {
    const auto text = read_file_if_exists_at(AT_FDCWD, file, 4U << 20);
    if (!text) throw Error{ErrorKind::NotFound, concat(quote(file), ", named by ", variable, ", does not exist")};
    merge(*text, file, out);
}

}  // namespace

EngineConfig load_engine_config(const ConfigLocations& where) {
    EngineConfig config;
    if (!where.replacement.empty()) {
        merge_named("CONTAINERS_CONF", where.replacement, config);
    } else {
        for (const auto& file : where.files) merge_if_exists(file, config);
        for (const auto& directory : where.drop_ins) merge_directory(directory, config);
    }
    if (!where.on_top.empty()) merge_named("CONTAINERS_CONF_OVERRIDE", where.on_top, config);
    return config;
}

}  // namespace skiff::libpod
