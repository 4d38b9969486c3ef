#include "network/dns/forwarder.h"

#include <netinet/in.h>
#include <sys/random.h>

#include <algorithm>
#include <array>

namespace skiff::network::dns {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxUnderWay = 512;
constexpr std::size_t kMaxQueriesPerClient = 256;
constexpr auto kQueryPatience = 8s;
constexpr auto kAttempt = 1500ms;
constexpr auto kOnlyServerAttempt = 2s;
constexpr auto kFailedFor = 30s;
constexpr int kMaxStrays = 32;

/// Static: pages of it that no answer needed cost nothing.
std::array<char, kMaxMessageBytes> answer_buffer;

std::uint16_t random_id() {
    std::uint16_t id = 0;
    while (::getrandom(&id, sizeof id, 0) != sizeof id) {
    }
    return id;
}

Bytes bytes_of(const std::string& message) { return {reinterpret_cast<const std::uint8_t*>(message.data()), message.size()}; }

std::string with_length(const std::string& message) {
    std::string out;
    out.push_back(static_cast<char>(message.size() >> 8));
    out.push_back(static_cast<char>(message.size() & 0xFF));
    return out + message;
}

bool is_failure(Rcode rcode) { return rcode == Rcode::ServFail || rcode == Rcode::Refused || rcode == Rcode::NotImp; }

std::size_t limit_of(const Client& client, const Query& query) { return client.tcp ? kMaxMessageBytes : query.udp_limit(); }

}  // namespace

Forwarder::Forwarder(Poller& poller, Deliver deliver) : poller_{poller}, deliver_{std::move(deliver)} { slots_.reserve(kMaxUnderWay); }

void Forwarder::ask(const Query& query, const Client& client, std::vector<Upstream> servers) {
    if (is_under_way(client, query)) return;
    Slot* slot = servers.empty() ? nullptr : free_slot(client);
    if (slot == nullptr) {
        deliver_(client, Answer{query, Rcode::ServFail}.finish(limit_of(client, query)));
        return;
    }
    put_failed_last(servers);
    slot->used = true;
    slot->query = query;
    slot->client = client;
    slot->servers = std::move(servers);
    slot->attempt = 0;
    slot->failure.clear();
    slot->ends = Clock::now() + kQueryPatience;
    try_next(*slot);
}

bool Forwarder::is_under_way(const Client& client, const Query& query) const {
    return std::any_of(slots_.begin(), slots_.end(), [&](const Slot& slot) {
        return slot.used && slot.query.id == query.id && slot.client == client && slot.query.type == query.type && slot.query.name == query.name;
    });
}

std::size_t Forwarder::under_way_for(const IpAddress& source) const {
    return static_cast<std::size_t>(std::count_if(slots_.begin(), slots_.end(), [&](const Slot& slot) { return slot.used && slot.client.peer.address() == source; }));
}

/// nullptr when there are too many, of this client or at all.
Forwarder::Slot* Forwarder::free_slot(const Client& client) {
    if (under_way_for(client.peer.address()) >= kMaxQueriesPerClient) return nullptr;
    const auto found = std::find_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return !slot.used; });
    if (found != slots_.end()) return &*found;
    return slots_.size() < kMaxUnderWay ? &slots_.emplace_back() : nullptr;
}

/// Until a socket waits for an answer, or there is nobody left to ask.
void Forwarder::try_next(Slot& slot) {
    while (slot.attempt < attempts_of(slot) && Clock::now() < slot.ends) {
        if (open(slot, server_of(slot))) {
            slot.attempt_ends = std::min(Clock::now() + (slot.servers.size() > 1 ? kAttempt : kOnlyServerAttempt), slot.ends);
            return;
        }
        remember_failure(server_of(slot));
        ++slot.attempt;
    }
    if (slot.failure.empty()) finish(slot, Answer{slot.query, Rcode::ServFail}.finish(limit_of(slot.client, slot.query)));
    else finish(slot, adopt_response(std::move(slot.failure), slot.query, limit_of(slot.client, slot.query)));
}

bool Forwarder::open(Slot& slot, const Upstream& server) {
    slot.tcp = slot.client.tcp && slot.attempt < slot.servers.size();
    slot.socket.reset(::socket(server.address.socket_family(), (slot.tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!slot.socket) return false;
    slot.id = random_id();
    slot.strays = 0;
    slot.in.clear();
    const SocketAddress target = socket_address(server.address, kDnsPort, server.scope);
    const std::string message = forward_query(slot.query, slot.id, slot.client.tcp ? kMaxUdpBytes : slot.query.udp_limit());
    const bool connected = ::connect(slot.socket.get(), target.get(), target.length) == 0;
    const bool sent = slot.tcp || (connected && ::send(slot.socket.get(), message.data(), message.size(), MSG_NOSIGNAL) >= 0);
    if (!sent || (!connected && errno != EINPROGRESS)) {
        slot.socket.reset();
        return false;
    }
    slot.out = slot.tcp ? with_length(message) : std::string{};
    const auto index = static_cast<std::uint32_t>(&slot - slots_.data());
    poller_.add(slot.socket.get(), slot.tcp ? EPOLLOUT : EPOLLIN, token(Source::Upstream, slot_number(index, ++slot.generation)));
    return true;
}

void Forwarder::on_event(std::uint32_t number) {
    const std::uint32_t index = slot_index(number);
    if (index >= slots_.size()) return;
    Slot& slot = slots_[index];
    if (!slot.used || slot_number(index, slot.generation) != number) return;  // of the slot's former life
    if (slot.tcp) pump_tcp(slot);
    else read_udp(slot);
}

void Forwarder::read_udp(Slot& slot) {
    const ssize_t got = ::recv(slot.socket.get(), answer_buffer.data(), answer_buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got < 0) fail_attempt(slot);  // mostly ECONNREFUSED: nobody listens there
    else take(slot, {answer_buffer.data(), static_cast<std::size_t>(got)});
}

void Forwarder::pump_tcp(Slot& slot) {
    const bool going = slot.out.empty() ? read_tcp(slot) : write_tcp(slot);
    if (!going) {
        fail_attempt(slot);
        return;
    }
    if (slot.in.size() < kLengthBytes) return;
    const std::size_t length = static_cast<std::size_t>(static_cast<std::uint8_t>(slot.in[0])) << 8 | static_cast<std::uint8_t>(slot.in[1]);
    if (slot.in.size() >= kLengthBytes + length) take(slot, slot.in.substr(kLengthBytes, length));
}

bool Forwarder::write_tcp(Slot& slot) {
    const ssize_t put = ::send(slot.socket.get(), slot.out.data(), slot.out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0) return errno == EAGAIN || errno == EINTR;
    slot.out.erase(0, static_cast<std::size_t>(put));
    const auto index = static_cast<std::uint32_t>(&slot - slots_.data());
    if (slot.out.empty()) poller_.modify(slot.socket.get(), EPOLLIN, token(Source::Upstream, slot_number(index, slot.generation)));
    return true;
}

/// One message is all that is read: at most 64 KiB.
bool Forwarder::read_tcp(Slot& slot) {
    const std::size_t room = std::min(answer_buffer.size(), kLengthBytes + kMaxMessageBytes - slot.in.size());
    const ssize_t got = ::recv(slot.socket.get(), answer_buffer.data(), room, MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    slot.in.append(answer_buffer.data(), static_cast<std::size_t>(got));
    return got > 0;
}

/// By UDP somebody may only pretend to be the server: what is no answer is passed over, and the real one awaited.
void Forwarder::take(Slot& slot, std::string message) {
    const auto response = read_response(bytes_of(message), slot.query, slot.id);
    if (!response) {
        if (slot.tcp || ++slot.strays > kMaxStrays) fail_attempt(slot);
        return;
    }
    if (is_failure(response->rcode)) {
        slot.failure = std::move(message);
        ask_another(slot);
        return;
    }
    std::erase_if(failed_, [&](const Failed& failed) { return failed.server == server_of(slot); });
    finish(slot, adopt_response(std::move(message), slot.query, limit_of(slot.client, slot.query)));
}

/// The server works, but not for this: asking it again would not help.
void Forwarder::ask_another(Slot& slot) {
    close(slot);
    if (++slot.attempt >= slot.servers.size()) slot.attempt = attempts_of(slot);
    try_next(slot);
}

void Forwarder::fail_attempt(Slot& slot) {
    remember_failure(server_of(slot));
    close(slot);
    ++slot.attempt;
    try_next(slot);
}

void Forwarder::finish(Slot& slot, std::string answer) {
    close(slot);
    slot.used = false;
    slot.in = {};
    slot.failure = {};
    const Client client = slot.client;  // delivering may bring the next query into this slot
    deliver_(client, std::move(answer));
}

void Forwarder::close(Slot& slot) {
    if (slot.socket) poller_.remove(slot.socket.get());
    slot.socket.reset();
}

void Forwarder::expire(Clock::time_point now) {
    for (auto& slot : slots_) {
        if (slot.used && slot.attempt_ends <= now) fail_attempt(slot);
    }
}

Clock::time_point Forwarder::next_deadline() const {
    auto next = Clock::time_point::max();
    for (const auto& slot : slots_) {
        if (slot.used) next = std::min(next, slot.attempt_ends);
    }
    return next;
}

void Forwarder::remember_failure(const Upstream& server) {
    const auto until = Clock::now() + kFailedFor;
    const auto found = std::find_if(failed_.begin(), failed_.end(), [&](const Failed& failed) { return failed.server == server; });
    if (found != failed_.end()) found->until = until;
    else failed_.push_back({server, until});
}

void Forwarder::put_failed_last(std::vector<Upstream>& servers) {
    std::erase_if(failed_, [now = Clock::now()](const Failed& failed) { return failed.until <= now; });
    std::stable_partition(servers.begin(), servers.end(), [&](const Upstream& server) {
        return std::none_of(failed_.begin(), failed_.end(), [&](const Failed& failed) { return failed.server == server; });
    });
}

}  // namespace skiff::network::dns
