#pragma once
/// The files that the engine generates for a container. They are written to its run directory (engine-owned tmpfs) and
/// bind mounted; nothing is ever written into the container's own tree. Functions give content, callers write it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpod/container_config.h"
#include "libpod/spec/inputs.h"
#include "libpod/spec/network_facts.h"

namespace skiff::libpod {

/// /etc/hosts: the base file's lines (the host's /etc/hosts, or the image's), --add-host, the container's own entries.
/// `host_gateway`: what "host-gateway" stands for in --add-host; empty: Error{Unsupported}.
std::string hosts_content(std::string_view base, const ContainerConfig& config, const std::vector<HostEntry>& own, std::string_view host_gateway);

/// --dns none: the image's own /etc/resolv.conf, if it has one, stays.
inline bool has_resolv_conf_of_image(const DnsOptions& dns) { return dns.servers.size() == 1 && dns.servers.front() == "none"; }

/// /etc/resolv.conf: the host's file with --dns, --dns-search and --dns-option applied; loopback servers are dropped when
/// `drop_loopback` (a private network namespace cannot reach them). On a network with names its responders are the servers:
/// they ask those of --dns.
std::string resolv_conf_content(std::string_view host_file, const DnsOptions& dns, const NetworkFacts& network, bool drop_loopback);

/// What the host's resolver adds to short names.
std::vector<std::string> host_search_domains();

std::string hostname_content(std::string_view hostname);

/// /run/.containerenv: engine, name, id, image, imageid when privileged; else empty. Source: podman-run(1).
std::string containerenv_content(const ContainerConfig& config);

/// The passwd (group) file with entries added for --user of a number without entry, --passwd-entry and --hostuser;
/// nullopt when nothing is to be added. `current`: the container's own file, "" when it has none.
std::optional<std::string> passwd_content(std::string_view current, const ContainerConfig& config, const ResolvedUser& user);
std::optional<std::string> group_content(std::string_view current, const ContainerConfig& config, const ResolvedUser& user);

}  // namespace skiff::libpod
