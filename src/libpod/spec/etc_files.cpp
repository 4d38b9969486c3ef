#include "libpod/spec/etc_files.h"

#include <fcntl.h>

#include <algorithm>
#include <functional>

#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// Where the responders look for containers' names, as podman has it.
constexpr const char* kContainerDomain = "dns.podman";

/// Words of one line, comments cut off.
std::vector<std::string> words_of(std::string_view line) {
    line = line.substr(0, line.find('#'));
    std::vector<std::string> words;
    while (!(line = trim(line)).empty()) {
        const auto end = std::min(line.find_first_of(" \t"), line.size());
        words.emplace_back(line.substr(0, end));
        line.remove_prefix(end);
    }
    return words;
}

void for_each_line(std::string_view text, const std::function<void(std::string_view)>& take) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        take(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

/// The lines of a hosts file, each name once: the first line that has it wins, as the resolver sees it.
class HostsFile {
public:
    void add(const std::string& address, const std::vector<std::string>& names) {
        std::vector<std::string> fresh;
        for (const auto& name : names) {
            const auto key = concat(address.find(':') == std::string::npos ? "4 " : "6 ", name);
            if (std::find(seen_.begin(), seen_.end(), key) != seen_.end()) continue;
            seen_.push_back(key);
            fresh.push_back(name);
        }
        if (!fresh.empty()) text_ += concat(address, "\t", join(fresh, " "), "\n");
    }
    /// Of a container on several networks all addresses have its names.
    void add_all(const std::vector<HostEntry>& entries) {
        const auto before = seen_;
        std::vector<std::string> after = before;
        for (const auto& entry : entries) {
            seen_ = before;
            add(entry.address, entry.names);
            after.insert(after.end(), seen_.begin() + static_cast<std::ptrdiff_t>(before.size()), seen_.end());
        }
        seen_ = std::move(after);
    }
    std::string take() { return std::move(text_); }

private:
    std::vector<std::string> seen_;
    std::string text_;
};

}  // namespace

std::string hosts_content(std::string_view base, const ContainerConfig& config, const std::vector<HostEntry>& own, std::string_view host_gateway) {
    HostsFile file;
    for (const auto& extra : config.extra_hosts) {
        const bool to_host = extra.address == "host-gateway";
        if (to_host && host_gateway.empty()) {
            throw Error{ErrorKind::Unsupported, concat("--add-host ", quote(join(extra.names, ";")), ": there is no gateway to the host")};
        }
        file.add(to_host ? std::string{host_gateway} : extra.address, extra.names);
    }
    for_each_line(base, [&](std::string_view line) {
        const auto words = words_of(line);
        if (words.size() > 1) file.add(words[0], {words.begin() + 1, words.end()});
    });
    file.add("127.0.0.1", {"localhost"});
    file.add("::1", {"localhost"});
    file.add_all(own);
    return file.take();
}

namespace {

/// `drop_loopback`: servers that only the host itself reaches.
DnsOptions parse_resolv_conf(std::string_view file, bool drop_loopback) {
    DnsOptions found;
    for_each_line(file, [&](std::string_view line) {
        auto words = words_of(line.substr(0, line.find(';')));
        if (words.size() < 2) return;
        const std::string key = words[0];
        words.erase(words.begin());
        const bool loopback = words[0].starts_with("127.") || words[0] == "::1";
        if (key == "nameserver" && !(drop_loopback && loopback)) found.servers.push_back(words[0]);
        else if (key == "search" || key == "domain") found.searches = words;  // resolv.conf(5): the last of the two wins
        else if (key == "options") found.options.insert(found.options.end(), words.begin(), words.end());
    });
    return found;
}

}  // namespace

std::vector<std::string> host_search_domains() {
    return parse_resolv_conf(read_file_if_exists_at(AT_FDCWD, "/etc/resolv.conf", 1U << 20).value_or(std::string{}), /*drop_loopback=*/true).searches;
}

std::string resolv_conf_content(std::string_view host_file, const DnsOptions& dns, const NetworkFacts& network, bool drop_loopback) {
    const DnsOptions found = parse_resolv_conf(host_file, drop_loopback);
    const auto pick = [](const auto& said, const auto& otherwise) { return said.empty() ? otherwise : said; };
    std::string out;
    auto searches = pick(dns.searches, found.searches);
    if (network.has_names && dns.searches.empty()) searches.insert(searches.begin(), kContainerDomain);
    const bool none = searches.size() == 1 && searches[0] == ".";
    if (!searches.empty() && !none) out += concat("search ", join(searches, " "), "\n");
    const auto& servers = network.name_servers.empty() ? pick(dns.servers, found.servers) : network.name_servers;
    for (const auto& server : servers) out += concat("nameserver ", server, "\n");
    if (const auto options = pick(dns.options, found.options); !options.empty()) out += concat("options ", join(options, " "), "\n");
    return out;
}

std::string hostname_content(std::string_view hostname) { return concat(hostname, "\n"); }

std::string containerenv_content(const ContainerConfig& config) {
    if (!config.privileged) return {};
    return concat("engine=\"skiff-", SKIFF_VERSION, "\"\nname=", quote(config.name), "\nid=", quote(config.id), "\nimage=",
                  quote(config.image_name), "\nimageid=", quote(config.image_id), "\nrootless=0\n");
}

namespace {

/// True when a colon-separated line has `value` in field `index`.
bool has_field(std::string_view text, std::size_t index, std::string_view value) {
    bool found = false;
    for_each_line(text, [&](std::string_view line) {
        const auto fields = split(line, ':');
        found = found || (fields.size() > index && fields[index] == value);
    });
    return found;
}

std::string replaced(std::string text, std::string_view name, std::string_view value) {
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size())) text.replace(at, name.size(), value);
    return text;
}

/// A line's fields end at colons and newlines: a path with either would make another entry of it.
std::string field_or_root(const std::string& path) { return path.find_first_of(":\n") == std::string::npos ? path : "/"; }

std::string with_lines(std::string_view current, const std::vector<std::string>& lines) {
    std::string out{current};
    if (!out.empty() && out.back() != '\n') out += '\n';
    for (const auto& line : lines) out += concat(line, "\n");
    return out;
}

/// Entries of the host's users that --hostuser names. Local files only: a static program cannot ask name services.
void add_host_users(const ContainerConfig& config, std::string_view current, std::vector<std::string>& lines) {
    if (config.host_users.empty()) return;
    const auto host = read_file_if_exists_at(AT_FDCWD, "/etc/passwd").value_or("");
    for (const auto& name : config.host_users) {
        const auto before = lines.size();
        for_each_line(host, [&](std::string_view line) {
            const auto fields = split(line, ':');
            if (fields.size() == 7 && fields[0] == name && !has_field(current, 0, name)) lines.emplace_back(line);
        });
        if (lines.size() == before && !has_field(current, 0, name)) {
            throw Error{ErrorKind::NotFound, concat("--hostuser ", quote(name), ": the host has no such user")};
        }
    }
}

}  // namespace

std::optional<std::string> passwd_content(std::string_view current, const ContainerConfig& config, const ResolvedUser& user) {
    if (!config.passwd) return std::nullopt;
    std::vector<std::string> lines;
    add_host_users(config, current, lines);
    const auto uid = std::to_string(user.uid);
    const auto gid = std::to_string(user.gid);
    const bool missing = !config.user.empty() && user.name.empty() && !has_field(current, 2, uid);
    if (!config.passwd_entry.empty()) {
        auto line = replaced(replaced(config.passwd_entry, "$USERNAME", uid), "$UID", uid);
        line = replaced(replaced(std::move(line), "$GID", gid), "$NAME", "container user");
        lines.push_back(replaced(std::move(line), "$HOME", field_or_root(config.work_dir)));
    } else if (missing) {
        lines.push_back(concat(uid, ":*:", uid, ":", gid, ":container user:", field_or_root(config.work_dir), ":/bin/sh"));
    }
    return lines.empty() ? std::nullopt : std::optional{with_lines(current, lines)};
}

std::optional<std::string> group_content(std::string_view current, const ContainerConfig& config, const ResolvedUser& user) {
    if (!config.passwd) return std::nullopt;
    const auto gid = std::to_string(user.gid);
    const auto member = user.name.empty() ? std::to_string(user.uid) : user.name;
    std::vector<std::string> lines;
    if (!config.group_entry.empty()) {
        auto line = replaced(replaced(config.group_entry, "$GROUPNAME", gid), "$GID", gid);
        lines.push_back(replaced(std::move(line), "$USERLIST", member));
    } else if (!config.user.empty() && !has_field(current, 2, gid)) {
        lines.push_back(concat(gid, ":x:", gid, ":", member));
    }
    return lines.empty() ? std::nullopt : std::optional{with_lines(current, lines)};
}

}  // namespace skiff::libpod
