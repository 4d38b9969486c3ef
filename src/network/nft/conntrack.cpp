#include "network/nft/conntrack.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "network/netlink.h"
#include "state/sqlite_memory.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::network::nft {
namespace {

NetlinkMessage begin_ct_message(std::uint16_t message, std::uint16_t flags, std::uint8_t family) {
    NetlinkMessage out{static_cast<std::uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | message), flags};
    out.header(nfgenmsg{family, NFNETLINK_V0, 0});
    return out;
}

std::optional<IpAddress> address_in(const NetlinkAttributes& ip, std::uint16_t v4, std::uint16_t v6) {
    if (ip.get(v4).size() == 4) return IpAddress::from_bytes(Family::V4, ip.get(v4).data());
    if (ip.get(v6).size() == 16) return IpAddress::from_bytes(Family::V6, ip.get(v6).data());
    return std::nullopt;
}

struct Tuple {
    std::optional<IpAddress> source, destination;
    std::uint8_t protocol = 0;
    std::uint16_t destination_port = 0;
};

Tuple tuple_of(const NetlinkAttributes& tuple) {
    const auto ip = tuple.nest(CTA_TUPLE_IP);
    const auto protocol = tuple.nest(CTA_TUPLE_PROTO);
    Tuple out{address_in(ip, CTA_IP_V4_SRC, CTA_IP_V6_SRC), address_in(ip, CTA_IP_V4_DST, CTA_IP_V6_DST),
              protocol.u8(CTA_PROTO_NUM).value_or(0), 0};
    const auto port = protocol.get(CTA_PROTO_DST_PORT);
    if (port.size() == sizeof out.destination_port) {
        std::memcpy(&out.destination_port, port.data(), port.size());
        out.destination_port = ntohs(out.destination_port);
    }
    return out;
}

std::vector<IpAddress> own_addresses() {
    std::vector<IpAddress> out;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return out;
    for (const auto* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr) continue;
        if (entry->ifa_addr->sa_family == AF_INET) {
            out.push_back(IpAddress::from_bytes(Family::V4, &reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr));
        } else if (entry->ifa_addr->sa_family == AF_INET6) {
            out.push_back(IpAddress::from_bytes(Family::V6, &reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr)->sin6_addr));
        }
    }
    ::freeifaddrs(list);
    return out;
}

template <typename Value>
bool contains(const std::vector<Value>& list, const Value& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

class Sweep {
public:
    explicit Sweep(const Forgotten& what) : what_{what} {
        if (!what.udp_ports.empty()) own_ = own_addresses();
    }

    void run(std::uint8_t family) {
        std::vector<NetlinkMessage> deletions;
        socket_.dump(begin_ct_message(IPCTNL_MSG_CT_GET, NLM_F_DUMP, family), [&](const NetlinkReply& reply) {
            const auto entry = reply.attributes<nfgenmsg>();
            if (!is_meant(entry)) return;
            auto message = begin_ct_message(IPCTNL_MSG_CT_DELETE, 0, family);
            for (const std::uint16_t type : {CTA_TUPLE_ORIG, CTA_ZONE, CTA_ID}) {
                if (entry.has(type)) message.attribute(type, entry.get(type));
            }
            deletions.push_back(std::move(message));
        });
        for (auto& message : deletions) delete_one(std::move(message));
    }

private:
    bool is_meant(const NetlinkAttributes& entry) const {
        const Tuple original = tuple_of(entry.nest(CTA_TUPLE_ORIG));
        const Tuple reply = tuple_of(entry.nest(CTA_TUPLE_REPLY));
        for (const auto& address : {original.source, original.destination, reply.source, reply.destination}) {
            if (address && contains(what_.addresses, *address)) return true;
        }
        return original.protocol == IPPROTO_UDP && contains(what_.udp_ports, original.destination_port) && original.destination &&
               contains(own_, *original.destination);
    }

    void delete_one(NetlinkMessage message) {
        const auto result = socket_.transact(std::move(message));
        if (!result.ok() && result.error != ENOENT) throw SystemError{result.error, "forgetting a connection", result.message};
    }

    const Forgotten& what_;
    std::vector<IpAddress> own_;
    NetlinkSocket socket_{NETLINK_NETFILTER};
};

bool remembers_anything() {
    const UniqueFd file = open_at_if_exists(AT_FDCWD, "/proc/sys/net/netfilter/nf_conntrack_count", O_RDONLY);
    return file && trim(read_all(file.get(), 64, "nf_conntrack_count")) != "0";
}

[[noreturn]] void work_alone(const Forgotten& what, int socket) noexcept {
    try {
        detach_standard_streams();
        close_all_except({socket});
        ::setsid();
        if (!what.empty() && remembers_anything()) forget_connections(what);
    } catch (const std::exception&) {
        ::_exit(1);
    }
    ::_exit(0);
}

}  // namespace

void forget_connections(const Forgotten& what) {
    Sweep sweep{what};
    sweep.run(AF_INET);
    sweep.run(AF_INET6);
}

/// Forked once: whoever ends up with the child reaps it, this process or, when that has ended, the system's first.
void finish_in_background(const Forgotten& what, int socket) noexcept {
    try {
        if (socket < 0 && (what.empty() || !remembers_anything())) return;
        const state::ForkWithoutDatabase guard;
        const pid_t child = ::fork();
        if (child < 0) throw SystemError{errno, "fork"};
        if (child == 0) work_alone(what, socket);
    } catch (const std::exception& error) {
        log::warn(concat("forgetting connections: ", error.what(), ", ignoring"));
    }
}

}  // namespace skiff::network::nft
