#include <doctest/doctest.h>

#include <chrono>
#include <optional>

#include "oci/monitor/held_port.h"
#include "oci/monitor/port_server.h"
#include "util/error.h"
#include "util/json.h"

using namespace skiff;
using namespace skiff::oci::monitor;

namespace {

constexpr int kTcp = IPPROTO_TCP;
constexpr int kUdp = IPPROTO_UDP;

std::uint16_t port_of(int fd) {
    SocketAddress address;
    address.size = sizeof address.storage;
    REQUIRE(::getsockname(fd, address.get(), &address.size) == 0);
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.storage);  // the port is at the same place for IPv6
    return ntohs(v4->sin_port);
}

/// One that nobody has right now; bound by number, a socket keeps it whatever becomes of its connections.
std::uint16_t free_port(int type = SOCK_STREAM) {
    const UniqueFd fd{::socket(AF_INET, type | SOCK_CLOEXEC, 0)};
    const SocketAddress any = socket_address("0.0.0.0", 0);
    REQUIRE(::bind(fd.get(), any.get(), any.size) == 0);
    return port_of(fd.get());
}

/// A container's side: a socket of 127.0.0.1.
UniqueFd target_socket(int type) {
    UniqueFd fd{::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    const SocketAddress any = socket_address("127.0.0.1", 0);
    REQUIRE(::bind(fd.get(), any.get(), any.size) == 0);
    if (type == SOCK_STREAM) REQUIRE(::listen(fd.get(), 8) == 0);
    return fd;
}

UniqueFd connected_to(std::uint16_t port, int type = SOCK_STREAM) {
    UniqueFd fd{::socket(AF_INET6, type | SOCK_CLOEXEC, 0)};
    const SocketAddress address = socket_address("::1", port);
    REQUIRE(::connect(fd.get(), address.get(), address.size) == 0);
    const timeval patience{5, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

/// Works until `done`, five seconds at most.
template <typename Done>
bool serve_until(PortServer& server, Done done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    while (!done()) {
        if (std::chrono::steady_clock::now() > end) return false;
        server.step();
    }
    return true;
}

/// A port of ::1 that is served to `target`, held and running.
struct Served {
    Served(int protocol, int target_fd) : number{free_port()}, ports{{protocol, "::1", number, "127.0.0.1", port_of(target_fd)}} {
        server.emplace(ports, hold_ports(ports));
    }
    std::uint16_t number;
    std::vector<HeldPort> ports;
    std::optional<PortServer> server;
};

}  // namespace

TEST_CASE("held ports travel with the plan") {
    const std::vector<HeldPort> ports{{kTcp, "0.0.0.0", 8080, "", 0}, {kUdp, "::", 53, "10.88.0.2", 5353}};
    CHECK(held_ports_from_json(to_json(ports)) == ports);
    CHECK_THROWS_AS(held_ports_from_json(Json::parse(R"([[6, "::"]])")), Error);
    CHECK_THROWS_AS(held_ports_from_json(Json::parse(R"([[6, "::", "x", "", 0]])")), Error);
}

TEST_CASE("a held port is nobody else's, and tells so by name") {
    const std::uint16_t number = free_port();
    const UniqueFd held = hold_port({kTcp, "127.0.0.1", number, "", 0});
    CHECK_THROWS_WITH((void)hold_port({kTcp, "127.0.0.1", number, "", 0}), ("publishing 127.0.0.1:" + std::to_string(number) + "/tcp: Address already in use").c_str());
    CHECK_THROWS_AS((void)hold_port({kTcp, "0.0.0.0", number, "", 0}), SystemError);
    const UniqueFd other{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const int on = 1;
    ::setsockopt(other.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const SocketAddress address = socket_address("127.0.0.1", number);
    const bool listens = ::bind(other.get(), address.get(), address.size) == 0 && ::listen(other.get(), 1) == 0;
    CHECK_FALSE(listens);
    const UniqueFd udp = hold_port({kUdp, "127.0.0.1", number, "", 0});
    CHECK(udp);
    CHECK_THROWS_AS((void)hold_port({kUdp, "127.0.0.1", number, "", 0}), SystemError);
}

TEST_CASE("a port that is only held refuses whoever the packet filter did not take") {
    const std::uint16_t number = free_port();
    const UniqueFd held = hold_port({kTcp, "127.0.0.1", number, "", 0});
    const UniqueFd client{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const SocketAddress address = socket_address("127.0.0.1", number);
    CHECK(::connect(client.get(), address.get(), address.size) == -1);
    CHECK(errno == ECONNREFUSED);
}

TEST_CASE("a port is free again at once, whatever its last connections") {
    const UniqueFd target = target_socket(SOCK_STREAM);
    std::uint16_t number = 0;
    {
        Served served{kTcp, target.get()};
        number = served.number;
        const UniqueFd client = connected_to(number);
        UniqueFd inside;
        REQUIRE(serve_until(*served.server, [&] { inside.reset(::accept(target.get(), nullptr, nullptr)); return bool{inside}; }));
        inside.reset();  // the container closes first: what is left of the connection lingers on our side
        char byte;
        REQUIRE(serve_until(*served.server, [&] { return ::recv(client.get(), &byte, 1, MSG_DONTWAIT) == 0; }));
    }
    CHECK_NOTHROW((void)hold_port({kTcp, "::1", number, "", 0}));
    CHECK_NOTHROW((void)hold_port({kTcp, "::1", number, "127.0.0.1", 1}));
}

TEST_CASE("many ports leave the low descriptors free") {
    std::vector<HeldPort> ports(300, {kUdp, "127.0.0.1", 0, "", 0});
    const auto sockets = hold_ports(ports);  // port 0: any
    REQUIRE(sockets.size() == 300);
    for (const auto& socket : sockets) CHECK(socket.get() >= 1024);
}

TEST_CASE("TCP: both directions, half-closes, more than fits a buffer") {
    const UniqueFd target = target_socket(SOCK_STREAM);
    Served served{kTcp, target.get()};
    const UniqueFd client = connected_to(served.number);
    UniqueFd inside;
    REQUIRE(serve_until(*served.server, [&] { inside.reset(::accept4(target.get(), nullptr, nullptr, SOCK_NONBLOCK)); return bool{inside}; }));

    const std::string sent(3U << 20, 'x');
    std::size_t written = 0;
    std::string got;
    char piece[65536];
    REQUIRE(serve_until(*served.server, [&] {
        const ssize_t n = ::send(client.get(), sent.data() + written, sent.size() - written, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) written += static_cast<std::size_t>(n);
        const ssize_t in = ::recv(inside.get(), piece, sizeof piece, 0);
        if (in > 0) got.append(piece, static_cast<std::size_t>(in));
        return got.size() == sent.size();
    }));
    CHECK(got == sent);

    ::shutdown(client.get(), SHUT_WR);
    REQUIRE(serve_until(*served.server, [&] { return ::recv(inside.get(), piece, sizeof piece, 0) == 0; }));
    REQUIRE(::send(inside.get(), "bye", 3, 0) == 3);  // after the other one's end
    inside.reset();
    REQUIRE(serve_until(*served.server, [&] { return ::recv(client.get(), piece, sizeof piece, MSG_DONTWAIT | MSG_PEEK) == 3; }));
    CHECK(::recv(client.get(), piece, sizeof piece, 0) == 3);
    REQUIRE(serve_until(*served.server, [&] { return ::recv(client.get(), piece, sizeof piece, MSG_DONTWAIT) == 0; }));
}

TEST_CASE("TCP: nobody answers inside: the client is reset, the next one is served") {
    UniqueFd target = target_socket(SOCK_STREAM);
    Served served{kTcp, target.get()};
    const std::uint16_t inside = port_of(target.get());
    target.reset();
    const UniqueFd client = connected_to(served.number);
    char byte;
    int code = 0;
    REQUIRE(serve_until(*served.server, [&] {
        const ssize_t got = ::recv(client.get(), &byte, 1, MSG_DONTWAIT);
        code = got < 0 ? errno : 0;
        return got == 0 || code == ECONNRESET;
    }));
    CHECK(code == ECONNRESET);

    const UniqueFd again{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    const int on = 1;
    ::setsockopt(again.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const SocketAddress address = socket_address("127.0.0.1", inside);
    REQUIRE(::bind(again.get(), address.get(), address.size) == 0);
    REQUIRE(::listen(again.get(), 1) == 0);
    const UniqueFd next = connected_to(served.number);
    CHECK(serve_until(*served.server, [&] { return ::accept4(again.get(), nullptr, nullptr, SOCK_NONBLOCK) >= 0; }));
}

TEST_CASE("UDP: answers go back to whoever asked") {
    const UniqueFd target = target_socket(SOCK_DGRAM);
    Served served{kUdp, target.get()};
    for (const char* question : {"one", "two"}) {
        const UniqueFd client = connected_to(served.number, SOCK_DGRAM);
        REQUIRE(::send(client.get(), question, 3, 0) == 3);
        char text[16];
        SocketAddress from;
        from.size = sizeof from.storage;
        REQUIRE(serve_until(*served.server, [&] { return ::recvfrom(target.get(), text, sizeof text, 0, from.get(), &from.size) == 3; }));
        CHECK(std::string(text, 3) == question);
        REQUIRE(::sendto(target.get(), "answer", 6, 0, from.get(), from.size) == 6);
        REQUIRE(serve_until(*served.server, [&] { return ::recv(client.get(), text, sizeof text, MSG_DONTWAIT) == 6; }));
        CHECK(std::string(text, 6) == "answer");
    }
}
