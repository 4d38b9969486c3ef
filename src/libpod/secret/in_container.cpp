#include "libpod/secret/in_container.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "libpod/mount_sources.h"
#include "libpod/runtime.h"
#include "libpod/secret/secret.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr std::size_t kLargestCopy = 512000;
constexpr const char* kInContainer = "/run/secrets";

bool is_below_run_secrets(const std::string& path) { return path.starts_with(concat(kInContainer, "/")); }

fs::path stored_at(const fs::path& container_dir, const SecretConfig& secret) { return container_dir / "secrets" / secret.id; }

void write_secret_file(int dir, const fs::path& path, std::string_view content, const SecretConfig& secret, const ContainerConfig& config) {
    const UniqueFd parent = make_directories_in_root(dir, path.has_parent_path() ? path.parent_path() : fs::path{"/"}, 0755);
    const UniqueFd file = open_at(parent.get(), path.filename(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    write_all(file.get(), content, "a secret");
    const bool owned = ::fchown(file.get(), host_id(config.uid_map, secret.uid), host_id(config.gid_map, secret.gid)) == 0;
    if (!owned || ::fchmod(file.get(), secret.mode) != 0) throw SystemError{errno, concat("setting owner and mode of secret ", quote(secret.name))};
}

MountConfig secret_mount(const fs::path& source, const std::string& destination) {
    MountConfig mount;
    mount.source = source;
    mount.destination = destination;
    mount.options = {"ro", "nosuid", "nodev", "noexec", "rprivate"};
    return mount;
}

}  // namespace

void resolve_secrets(const Runtime& runtime, ContainerConfig& config) {
    for (auto& secret : config.secrets) secret.id = find_secret(runtime, secret.id.empty() ? secret.name : secret.id).id;
}

void store_secrets(const Runtime& runtime, const ContainerConfig& config) {
    if (config.secrets.empty()) return;
    const UniqueFd directory = make_directory(runtime.container_dir(config.id) / "secrets", 0700);
    for (const auto& secret : config.secrets) {
        replace_file_at(directory.get(), secret.id, secret_data(runtime, find_secret(runtime, secret.id)), 0600);
    }
}

void add_secrets(const ContainerConfig& config, const fs::path& container_dir, const fs::path& run_dir, SpecInputs& inputs) {
    for (const auto& variable : secret_variables(config, container_dir)) inputs.env.push_back(variable);
    const bool has_files = std::any_of(config.secrets.begin(), config.secrets.end(), [](const auto& secret) { return !secret.env; });
    if (!has_files) return;
    const UniqueFd inside = make_directory(run_dir / "secrets" / "run", 0755);
    const UniqueFd elsewhere = make_directory(run_dir / "secrets" / "other", 0755);
    bool below_run = false;
    for (const auto& secret : config.secrets) {
        if (secret.env) continue;
        const std::string content = read_file(stored_at(container_dir, secret), kLargestCopy);
        const bool ordinary = is_below_run_secrets(secret.target);
        below_run = below_run || ordinary;
        if (ordinary) {
            write_secret_file(inside.get(), secret.target.substr(std::string_view{kInContainer}.size() + 1), content, secret, config);
            continue;
        }
        const std::string name = std::to_string(inputs.secret_mounts.size());
        write_secret_file(elsewhere.get(), name, content, secret, config);
        inputs.secret_mounts.push_back(secret_mount(run_dir / "secrets" / "other" / name, secret.target));
    }
    if (below_run) inputs.secret_mounts.push_back(secret_mount(run_dir / "secrets" / "run", kInContainer));
}

std::vector<std::string> secret_variables(const ContainerConfig& config, const fs::path& container_dir) {
    std::vector<std::string> variables;
    for (const auto& secret : config.secrets) {
        if (secret.env) variables.push_back(concat(secret.target, "=", read_file(stored_at(container_dir, secret), kLargestCopy)));
    }
    return variables;
}

}  // namespace skiff::libpod
