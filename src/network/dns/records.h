#pragma once
/// What the DNS responder of one network has to know: a text file, written whole by whoever changes the network's members,
/// read by the responder alone. It needs no database for it.
///
/// RUNROOT/dns/<network ID>/records, one fact a line, the members last:
///
///     skiff-dns 1
///     network NAME
///     bridge LINK               where queries come in
///     listen ADDRESS            the bridge's own addresses: there it is asked
///     subnet PREFIX             who may ask, and whose addresses it knows backwards
///     internal                  nothing is forwarded
///     server ADDRESS            `network create --dns`; none: the host's
///     host ADDRESS              host.containers.internal
///     port NUMBER               where queries are taken, port 53 leading there (containers.conf dns_bind_port); none: 53
///     member ID
///     name NAME                 …of that member, until the next
///     address ADDRESS
///     server ADDRESS
///     search DOMAIN             in which its resolver looks for short names
///     also ID                   another network with names, of which it is a member too
///     outside                   also on a network that is not internal
///
/// A reader passes over lines that it does not know: a newer skiff may write for a responder that was started by an older one.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::network::dns {

namespace fs = std::filesystem;

/// A container on the network.
struct Member {
    std::string id;
    std::vector<std::string> names;      ///< its name first, then aliases and the short ID; in any case
    std::vector<std::string> addresses;  ///< in this network, without a prefix length
    std::vector<std::string> servers;    ///< the container's own --dns
    std::vector<std::string> also;       ///< IDs of its other networks that have DNS
    std::vector<std::string> searches;   ///< domains that its resolver adds to short names
    bool outside = false;                ///< it is also on a network that is not internal
    bool operator==(const Member&) const = default;
};

struct Records {
    std::string network;  ///< name, for messages
    std::string bridge;   ///< its link, where queries come in
    std::vector<std::string> listen;
    std::vector<std::string> subnets;
    bool internal = false;
    std::vector<std::string> servers;
    std::vector<std::string> host_addresses;
    std::uint16_t port = 0;  ///< 0: 53, where that is free
    std::vector<Member> members;
    bool operator==(const Records&) const = default;
};

/// Values that would break a line (blanks, control characters) are left out: no such name can be asked for.
std::string to_text(const Records& records);
/// Throws Error{Corrupt} on another format or over `kMaxRecordsBytes`; never believes an address, those are strings here.
Records parse_records(std::string_view text);

constexpr std::size_t kMaxRecordsBytes = 8U << 20;

/// RUNROOT/dns/<network ID>.
fs::path records_directory(const fs::path& runroot, std::string_view network_id);

}  // namespace skiff::network::dns
