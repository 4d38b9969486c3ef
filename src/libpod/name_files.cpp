#include "libpod/name_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "libpod/bundle.h"
#include "libpod/spec/etc_files.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr std::size_t kNameFileLimit = 1U << 20;

bool has_network_of_its_own(const ContainerConfig& config) { return config.namespaces.network.kind != NamespaceKind::Host; }

std::vector<HostEntry> own_host_entries(const ContainerConfig& config, const NetworkFacts& network) {
    const std::string hostname = hostname_of(config);
    std::vector<HostEntry> entries;
    if (!network.host_address.empty()) entries.push_back({network.host_address, {"host.containers.internal", "host.docker.internal"}});
    for (const auto& address : network.addresses) entries.push_back({address, {hostname, config.name}});
    if (network.addresses.empty() && has_network_of_its_own(config)) entries.push_back({"127.0.0.1", {hostname, config.name}});
    return entries;
}

std::string base_hosts(const std::string& wanted, int rootfs_fd) {
    if (wanted == "none" || rootfs_fd < 0) return {};
    if (wanted == "image") return read_regular_in_root(rootfs_fd, "/etc/hosts", kNameFileLimit).value_or(std::string{});
    const std::string& path = wanted.empty() ? "/etc/hosts" : wanted;
    const auto text = read_file_if_exists_at(AT_FDCWD, path, kNameFileLimit);
    if (!text && !wanted.empty()) throw Error{ErrorKind::NotFound, concat("hosts file ", quote(path), " does not exist")};
    return text.value_or(std::string{});
}

std::vector<std::string> lines_in(const std::string& text) {
    auto lines = split(text, '\n');
    if (!lines.empty() && lines.back().empty()) lines.pop_back();
    return {lines.begin(), lines.end()};
}

bool has_line(const std::vector<std::string>& lines, const std::string& line) { return std::find(lines.begin(), lines.end(), line) != lines.end(); }

/// Shorter only at the end: whoever reads meanwhile never meets an empty file.
void write_in_place(const fs::path& file, const std::string& text) {
    const UniqueFd fd = open_at(AT_FDCWD, file, O_WRONLY | O_NOFOLLOW);
    if (::pwrite(fd.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) throw SystemError{errno, concat("writing ", quote(file.native()))};
    if (::ftruncate(fd.get(), static_cast<off_t>(text.size())) != 0) throw SystemError{errno, concat("writing ", quote(file.native()))};
}

void change_in_place(const fs::path& file, const std::string& before, const std::string& after, bool added_first) {
    if (before == after) return;
    const auto current = read_file_if_exists_at(AT_FDCWD, file, kNameFileLimit);
    if (current) write_in_place(file, with_changed_lines(*current, before, after, added_first));
}

}  // namespace

std::optional<std::string> hosts_text(const ContainerConfig& config, const NetworkFacts& network, int rootfs_fd) {
    if (config.no_hosts) return std::nullopt;
    const std::string base = base_hosts(config.integration.base_hosts_file, rootfs_fd);
    return hosts_content(base, config, own_host_entries(config, network), network.host_address);
}

std::string resolv_conf_text(const ContainerConfig& config, const NetworkFacts& network) {
    const auto of_host = read_file_if_exists_at(AT_FDCWD, "/etc/resolv.conf", kNameFileLimit).value_or(std::string{});
    return resolv_conf_content(of_host, config.dns, network, has_network_of_its_own(config));
}

std::string with_changed_lines(const std::string& current, const std::string& before, const std::string& after, bool added_first) {
    if (current == before) return after;
    const auto old_lines = lines_in(before);
    const auto new_lines = lines_in(after);
    const auto lines = lines_in(current);
    std::string added, kept;
    for (const auto& line : new_lines) {
        if (!has_line(old_lines, line) && !has_line(lines, line)) added += concat(line, "\n");
    }
    for (const auto& line : lines) {
        if (has_line(new_lines, line) || !has_line(old_lines, line)) kept += concat(line, "\n");
    }
    return added_first ? concat(added, kept) : concat(kept, added);
}

void refresh_name_files(const fs::path& run_dir, const ContainerConfig& config, const NetworkFacts& before, const NetworkFacts& after) {
    const bool resolv_conf = !has_resolv_conf_of_image(config.dns);
    if (resolv_conf) change_in_place(run_dir / "resolv.conf", resolv_conf_text(config, before), resolv_conf_text(config, after), /*added_first=*/true);
    if (config.no_hosts) return;
    // --add-host host-gateway: without a gateway there is no such line.
    ContainerConfig plain = config;
    std::erase_if(plain.extra_hosts, [](const auto& extra) { return extra.address == "host-gateway"; });
    change_in_place(run_dir / "hosts", *hosts_text(plain, before, -1), *hosts_text(plain, after, -1), /*added_first=*/false);
}

}  // namespace skiff::libpod
