#include "oci/monitor/udp_flows.h"

#include <algorithm>

#include "util/error.h"

namespace skiff::oci::monitor {
namespace {

constexpr std::size_t kMaxFlows = 128;
constexpr std::size_t kMaxDatagram = 65536;
constexpr int kBurst = 16;
constexpr std::chrono::seconds kIdle{90};

/// Too large for a stack of small pages, and untouched until the first datagram.
char datagram[kMaxDatagram];

struct ReceivedDatagram {
    ssize_t size = -1;
    SocketAddress from;
    std::string control;
};

ReceivedDatagram receive_datagram(int fd) {
    ReceivedDatagram out;
    alignas(cmsghdr) char control[128]{};
    iovec part{datagram, sizeof datagram};
    msghdr header{};
    header.msg_name = out.from.get();
    header.msg_namelen = sizeof out.from.storage;
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    out.size = ::recvmsg(fd, &header, 0);
    out.from.size = header.msg_namelen;
    if (out.size >= 0) out.control.assign(control, header.msg_controllen);
    return out;
}

}  // namespace

void UdpFlows::on_listener() {
    for (int i = 0; i < kBurst; ++i) {
        const ReceivedDatagram got = receive_datagram(listener_);
        if (got.size < 0) return;
        Flow* flow = flow_of(got.from, got.control);
        if (flow == nullptr) continue;
        flow->used = Clock::now();
        // A refusal of the last datagram is reported here, once; the datagram itself may be lost, as datagrams are.
        if (::send(flow->socket.get(), datagram, static_cast<std::size_t>(got.size), MSG_NOSIGNAL) < 0 && errno == ECONNREFUSED) {
            ::send(flow->socket.get(), datagram, static_cast<std::size_t>(got.size), MSG_NOSIGNAL);
        }
    }
}

void UdpFlows::on_flow(std::uint32_t number) {
    const auto found = flows_.find(number);
    if (found == flows_.end()) return;
    Flow& flow = found->second;
    for (int i = 0; i < kBurst; ++i) {
        const ssize_t got = ::recv(flow.socket.get(), datagram, sizeof datagram, 0);
        if (got < 0) return;
        iovec part{datagram, static_cast<std::size_t>(got)};
        msghdr header{};
        header.msg_name = flow.client.get();
        header.msg_namelen = flow.client.size;
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        header.msg_control = flow.control.data();
        header.msg_controllen = flow.control.size();
        ::sendmsg(listener_, &header, MSG_NOSIGNAL);
        flow.used = Clock::now();
    }
}

UdpFlows::Flow* UdpFlows::flow_of(const SocketAddress& client, const std::string& control) {
    const auto known = by_client_.find(client.key());
    if (known != by_client_.end()) return &flows_.at(known->second);
    make_room();
    UniqueFd socket{::socket(target_.family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket || ::connect(socket.get(), target_.get(), target_.size) != 0) return nullptr;
    const std::uint32_t number = next_++;
    poller_.add(socket.get(), EPOLLIN, token_ | number);
    by_client_[client.key()] = number;
    return &flows_.emplace(number, Flow{std::move(socket), client, control, Clock::now()}).first->second;
}

/// What was idle for long goes; where nothing was, the one that was used longest ago.
void UdpFlows::make_room() {
    const auto now = Clock::now();
    while (!flows_.empty()) {
        const auto oldest = std::min_element(flows_.begin(), flows_.end(), [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
        if (flows_.size() < kMaxFlows && now - oldest->second.used < kIdle) return;
        drop(oldest->first);
    }
}

void UdpFlows::drop(std::uint32_t number) {
    const auto found = flows_.find(number);
    poller_.remove(found->second.socket.get());
    by_client_.erase(found->second.client.key());
    flows_.erase(found);
}

}  // namespace skiff::oci::monitor
