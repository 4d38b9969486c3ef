#include "oci/monitor/port_server.h"

#include "util/error.h"

namespace skiff::oci::monitor {
namespace {

constexpr std::size_t kMaxPairs = 512;
constexpr int kBurst = 16;

/// Upper half of a token: listener, pair or flows, with its number; lower half: what of it.
enum class Kind : std::uint64_t { Listener, Pair, Flow };
constexpr std::uint64_t token_of(Kind kind, std::uint32_t number) {
    return static_cast<std::uint64_t>(kind) << 60 | static_cast<std::uint64_t>(number & 0x0fffffffU) << 32;
}
constexpr Kind kind_of(std::uint64_t token) { return static_cast<Kind>(token >> 60); }
constexpr std::uint32_t number_of(std::uint64_t token) { return static_cast<std::uint32_t>(token >> 32 & 0x0fffffffU); }

}  // namespace

PortServer::PortServer(const std::vector<HeldPort>& ports, std::vector<UniqueFd> sockets) {
    for (std::size_t i = 0; i < ports.size() && i < sockets.size(); ++i) {
        if (!sockets[i]) continue;
        if (ports[i].target.empty()) {
            kept_.push_back(std::move(sockets[i]));
            continue;
        }
        const auto number = static_cast<std::uint32_t>(listeners_.size());
        listeners_.push_back({std::move(sockets[i]), socket_address(ports[i].target, ports[i].target_port), ports[i].protocol == IPPROTO_TCP, number});
        const Listener& listener = listeners_.back();
        if (!listener.is_tcp) {
            flows_.try_emplace(number, poller_, listener.socket.get(), listener.target, token_of(Kind::Flow, number));
        }
        poller_.add(listener.socket.get(), EPOLLIN, token_of(Kind::Listener, number));
        serves_ = true;
    }
}

void PortServer::step() {
    for (const auto& event : poller_.wait(std::chrono::milliseconds{0})) dispatch(event);
}

void PortServer::dispatch(const epoll_event& event) {
    const std::uint64_t token = event.data.u64;
    const std::uint32_t number = number_of(token);
    const auto part = static_cast<std::uint32_t>(token);
    switch (kind_of(token)) {
        case Kind::Listener:
            if (listeners_[number].is_tcp) accept_some(listeners_[number]);
            else flows_.at(number).on_listener();
            return;
        case Kind::Pair: {
            const auto found = pairs_.find(number);  // the other end's event may have been its end
            if (found != pairs_.end() && !found->second.on_event(static_cast<TcpPair::End>(part), event.events)) pairs_.erase(found);
            return;
        }
        case Kind::Flow: flows_.at(number).on_flow(part); return;
    }
}

void PortServer::accept_some(const Listener& listener) {
    for (int i = 0; i < kBurst; ++i) {
        UniqueFd client{::accept4(listener.socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
        if (!client) return;
        if (pairs_.size() >= kMaxPairs) continue;  // refused by the close
        const std::uint32_t number = next_pair_++ & 0x0fffffffU;
        try {
            pairs_.try_emplace(number, poller_, std::move(client), listener.target, token_of(Kind::Pair, number));
        } catch (const SystemError&) {
            continue;  // the container cannot be reached: the client sees its connection close
        }
    }
}

}  // namespace skiff::oci::monitor
