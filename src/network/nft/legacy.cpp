#include "network/nft/legacy.h"

#include <fcntl.h>
#include <netinet/in.h>
// After the C library's: the kernel's headers define less then.
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <sys/socket.h>

#include <cstring>
#include <optional>
#include <vector>

#include "util/error.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::network::nft {
namespace {

constexpr std::size_t kMaxTableBytes = 16U << 20;

/// The two families' structures differ in name and size only.
struct V4 {
    using Info = ipt_getinfo;
    using Entries = ipt_get_entries;
    using Entry = ipt_entry;
    static constexpr int kDomain = AF_INET, kLevel = IPPROTO_IP, kInfo = IPT_SO_GET_INFO, kEntries = IPT_SO_GET_ENTRIES;
    static constexpr const char* kNames = "/proc/self/net/ip_tables_names";
    static const ipt_ip& match(const Entry& entry) { return entry.ip; }
};
struct V6 {
    using Info = ip6t_getinfo;
    using Entries = ip6t_get_entries;
    using Entry = ip6t_entry;
    static constexpr int kDomain = AF_INET6, kLevel = IPPROTO_IPV6, kInfo = IP6T_SO_GET_INFO, kEntries = IP6T_SO_GET_ENTRIES;
    static constexpr const char* kNames = "/proc/self/net/ip6_tables_names";
    static const ip6t_ip6& match(const Entry& entry) { return entry.ipv6; }
};

bool has_filter_table(const char* names) {
    const UniqueFd file = open_at_if_exists(AT_FDCWD, names, O_RDONLY);
    if (!file) return false;
    for (const auto& name : split(read_all(file.get(), 1U << 16, names), '\n')) {
        if (name == "filter") return true;
    }
    return false;
}

struct Table {
    std::vector<char> entries;
    std::size_t forward_begin = 0, forward_end = 0;  ///< the built-in chain; its policy is the entry at the end
};

template <typename Kind>
std::optional<Table> read_table() {
    const UniqueFd socket{::socket(Kind::kDomain, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW)};
    if (!socket) return std::nullopt;
    typename Kind::Info info{};
    std::strcpy(info.name, "filter");
    socklen_t size = sizeof info;
    if (::getsockopt(socket.get(), Kind::kLevel, Kind::kInfo, &info, &size) != 0 || info.size > kMaxTableBytes) return std::nullopt;
    std::vector<char> buffer(sizeof(typename Kind::Entries) + info.size);
    auto* request = reinterpret_cast<typename Kind::Entries*>(buffer.data());
    std::strcpy(request->name, "filter");
    request->size = info.size;
    size = static_cast<socklen_t>(buffer.size());
    if (::getsockopt(socket.get(), Kind::kLevel, Kind::kEntries, buffer.data(), &size) != 0) return std::nullopt;
    const std::size_t skip = offsetof(typename Kind::Entries, entrytable);
    return Table{{buffer.begin() + static_cast<std::ptrdiff_t>(skip), buffer.begin() + static_cast<std::ptrdiff_t>(skip + info.size)},
                 info.hook_entry[NF_INET_FORWARD], info.underflow[NF_INET_FORWARD]};
}

template <typename Kind>
const typename Kind::Entry* entry_at(const Table& table, std::size_t at) {
    if (at + sizeof(typename Kind::Entry) > table.entries.size()) return nullptr;
    const auto* entry = reinterpret_cast<const typename Kind::Entry*>(table.entries.data() + at);
    const bool sound = entry->next_offset >= sizeof *entry && entry->next_offset <= table.entries.size() - at;
    return sound ? entry : nullptr;
}

template <typename Kind>
bool policy_drops(const Table& table) {
    const auto* entry = entry_at<Kind>(table, table.forward_end);
    if (entry == nullptr || entry->target_offset + sizeof(xt_standard_target) > entry->next_offset) return false;
    xt_standard_target target;
    std::memcpy(&target, reinterpret_cast<const char*>(entry) + entry->target_offset, sizeof target);
    return target.target.u.user.name[0] == '\0' && target.verdict == -NF_DROP - 1;
}

template <typename Kind>
bool names_both_ways(const Table& table, const std::string& link) {
    bool in = false, out = false;
    for (std::size_t at = 0; const auto* entry = entry_at<Kind>(table, at); at += entry->next_offset) {
        in = in || link == Kind::match(*entry).iniface;
        out = out || link == Kind::match(*entry).outiface;
    }
    return in && out;
}

template <typename Kind>
bool drops(const std::string& link) {
    if (!has_filter_table(Kind::kNames)) return false;
    const auto table = read_table<Kind>();
    return table && policy_drops<Kind>(*table) && !names_both_ways<Kind>(*table, link);
}

}  // namespace

bool legacy_forward_drops(bool v6, const std::string& link) { return v6 ? drops<V6>(link) : drops<V4>(link); }

std::string iptables_command(bool v6, const std::string& chain, const std::string& link, bool legacy) {
    const std::string program = concat(v6 ? "ip6tables" : "iptables", legacy ? "-legacy" : "");
    const auto rule = [&](const char* direction) { return concat(program, " -I ", chain, " ", direction, " ", link, " -j ACCEPT"); };
    return concat(rule("-i"), " && ", rule("-o"));
}

}  // namespace skiff::network::nft
