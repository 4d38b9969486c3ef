#pragma once
/// Published ports as the monitor has them: a bound socket each, so that nobody else on the host can have the port meanwhile.
///
/// The packet filter carries the traffic. Where it cannot (IPv6 from ::1, IPv6 to a container without an IPv6 address) the
/// monitor does: such a port has a target.

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "util/fd.h"

namespace skiff::oci::monitor {

struct HeldPort {
    int protocol = 6;            ///< IPPROTO_TCP, _UDP, _SCTP
    std::string address;         ///< of the host: "0.0.0.0", "::", "127.0.0.1" …
    std::uint16_t port = 0;
    std::string target;          ///< address of the container; empty: the socket only keeps others out
    std::uint16_t target_port = 0;
    bool operator==(const HeldPort&) const = default;
};

nlohmann::json to_json(const std::vector<HeldPort>& ports);
std::vector<HeldPort> held_ports_from_json(const nlohmann::json& document);

/// "0.0.0.0:8080/tcp".
std::string text_of(const HeldPort& port);

/// The socket: bound, of a TCP port with a target listening. Connections of the last owner that linger (TIME_WAIT) do not count.
/// Empty where the host has no such protocol (a kernel without IPv6 or SCTP): nobody else can have the port either.
/// Throws SystemError naming the port: EADDRINUSE, EADDRNOTAVAIL.
UniqueFd hold_port(const HeldPort& port);

/// One socket for each of `ports`. With many of them they get numbers that leave the low ones free.
std::vector<UniqueFd> hold_ports(const std::vector<HeldPort>& ports);

}  // namespace skiff::oci::monitor
