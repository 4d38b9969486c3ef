#include "oci/monitor/held_port.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>

#include "oci/monitor/socket_address.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

constexpr std::size_t kManyPorts = 200;
constexpr int kFirstHighNumber = 1024;  // the usual soft limit

std::string_view protocol_word(int protocol) { return protocol == IPPROTO_TCP ? "tcp" : protocol == IPPROTO_UDP ? "udp" : "sctp"; }

void set_option(int fd, int level, int option, int value) { ::setsockopt(fd, level, option, &value, sizeof value); }

UniqueFd open_socket(const HeldPort& port, int family) {
    const int type = port.protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
    UniqueFd fd{::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, port.protocol)};
    const bool unknown = !fd && (errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT);
    if (!fd && !unknown) throw SystemError{errno, concat("publishing ", text_of(port))};
    return fd;
}

void check(int result, const HeldPort& port) {
    const int code = errno;
    if (result == 0) return;
    throw SystemError{code, concat("publishing ", text_of(port)), code == EADDRINUSE ? "another program of the host has the port" : ""};
}

/// To listen asks for the whole port, and passes over what is in TIME_WAIT; without SO_REUSEADDR a socket that is only bound
/// keeps every listener out. shutdown(2) ends the listening and leaves the port bound.
void claim_stream(int fd, const HeldPort& port) {
    check(::listen(fd, SOMAXCONN), port);
    if (!port.target.empty()) return;
    ::shutdown(fd, SHUT_RD);
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 0);
}

/// As many descriptors as the host allows, for as long as it lives.
class RaisedLimit {
public:
    explicit RaisedLimit(bool wanted) {
        if (!wanted || ::getrlimit(RLIMIT_NOFILE, &before_) != 0) return;
        const rlimit raised{before_.rlim_max, before_.rlim_max};
        raised_ = ::setrlimit(RLIMIT_NOFILE, &raised) == 0;
    }
    RaisedLimit(const RaisedLimit&) = delete;
    RaisedLimit& operator=(const RaisedLimit&) = delete;
    ~RaisedLimit() {
        if (raised_) ::setrlimit(RLIMIT_NOFILE, &before_);
    }

private:
    rlimit before_{};
    bool raised_ = false;
};

}  // namespace

SocketAddress socket_address(const std::string& address, std::uint16_t port) {
    SocketAddress out;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
    if (::inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        out.size = sizeof *v4;
    } else if (::inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        out.size = sizeof *v6;
    } else {
        throw Error{ErrorKind::Invalid, concat(quote(address), " is no IP address")};
    }
    return out;
}

std::string text_of(const HeldPort& port) {
    const bool v6 = port.address.find(':') != std::string::npos;
    return concat(v6 ? "[" : "", port.address, v6 ? "]:" : ":", port.port, "/", protocol_word(port.protocol));
}

nlohmann::json to_json(const std::vector<HeldPort>& ports) {
    Json out = Json::array();
    for (const auto& port : ports) out.push_back({port.protocol, port.address, port.port, port.target, port.target_port});
    return out;
}

std::vector<HeldPort> held_ports_from_json(const nlohmann::json& document) {
    std::vector<HeldPort> out;
    try {
        for (const auto& entry : document) {
            out.push_back({entry.at(0).get<int>(), entry.at(1).get<std::string>(), entry.at(2).get<std::uint16_t>(),
                           entry.at(3).get<std::string>(), entry.at(4).get<std::uint16_t>()});
        }
    } catch (const Json::exception&) {
        throw Error{ErrorKind::Corrupt, "monitor plan: the ports are malformed"};
    }
    return out;
}

UniqueFd hold_port(const HeldPort& port) {
    const SocketAddress address = socket_address(port.address, port.port);
    UniqueFd fd = open_socket(port, address.family());
    if (!fd) return fd;
    if (address.family() == AF_INET6) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (port.protocol == IPPROTO_TCP) set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (port.protocol == IPPROTO_UDP && !port.target.empty()) {
        set_option(fd.get(), IPPROTO_IP, IP_PKTINFO, 1);
        if (address.family() == AF_INET6) set_option(fd.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    }
    check(::bind(fd.get(), address.get(), address.size), port);
    if (port.protocol == IPPROTO_TCP) claim_stream(fd.get(), port);
    return fd;
}

std::vector<UniqueFd> hold_ports(const std::vector<HeldPort>& ports) {
    const bool many = ports.size() > kManyPorts;
    const RaisedLimit limit{many};
    std::vector<UniqueFd> out;
    out.reserve(ports.size());
    for (const auto& port : ports) {
        UniqueFd fd = hold_port(port);
        if (many && fd) {
            const int high = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, kFirstHighNumber);
            if (high < 0) throw SystemError{errno, concat("publishing ", ports.size(), " ports"), "the limit of open files is too low"};
            fd.reset(high);
        }
        out.push_back(std::move(fd));
    }
    return out;
}

}  // namespace skiff::oci::monitor
