#include "network/dns/server.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/inotify.h>

#include <algorithm>
#include <array>

#include "network/dns/directory.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/file_pages.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::network::dns {
namespace {

using namespace std::chrono_literals;

constexpr int kPacketsPerEvent = 64;
constexpr std::size_t kMaxOthers = 256;
constexpr auto kQuietBeforeRest = 5s;
/// Without inotify (the user's instances are used up) the end is noticed by looking.
constexpr auto kLookForEnd = 1s;
constexpr auto kForever = std::chrono::milliseconds{-1};

std::array<std::uint8_t, kMaxQueryBytes + 1> packet;

}  // namespace

Server::Followed::Followed(const fs::path& directory) : file{directory / kRecordsName} {}

bool Server::Followed::refresh() {
    if (!file.changed()) return false;
    const auto text = file.read(kMaxRecordsBytes);
    present = text.has_value();
    try {
        if (text) view = View{parse_records(*text)};
    } catch (const Error&) {
        return false;
    }
    return true;
}

Server::Server(fs::path directory, Redirect redirect)
    : directory_{std::move(directory)},
      redirect_{std::move(redirect)},
      own_{directory_},
      connections_{poller_, [this](const Client& client, Bytes query) { handle(client, query); }},
      forwarder_{poller_, [this](const Client& client, const std::string& answer) { deliver(client, answer); }} {
    watch_directory();
    own_.refresh();
    if (!own_.view.listen().empty()) listen();
}

void Server::watch_directory() {
    watch_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    constexpr std::uint32_t kMask = IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
    if (watch_ && ::inotify_add_watch(watch_.get(), directory_.c_str(), kMask) < 0) watch_.reset();
    if (watch_) poller_.add(watch_.get(), EPOLLIN, token(Source::Records, 0));
}

void Server::listen() {
    const auto before = read_file_if_exists_at(AT_FDCWD, directory_ / kPortName, 16);
    const auto former = static_cast<std::uint16_t>(before ? parse_uint(trim(*before)).value_or(0) : 0);
    listeners_ = listen_at(own_.view.listen(), own_.view.port() == 0 ? kDnsPort : own_.view.port(), former);
    const UniqueFd dir = open_directory(directory_);
    replace_file_at(dir.get(), kPortName, concat(listeners_.port, "\n"), 0600);
    if (listeners_.port != kDnsPort || (former != kDnsPort && former != 0)) redirect_to(listeners_.port);
    for (std::uint32_t i = 0; i < listeners_.sockets.size(); ++i) {
        poller_.add(listeners_.sockets[i].udp.get(), EPOLLIN, token(Source::Udp, i));
        poller_.add(listeners_.sockets[i].tcp.get(), EPOLLIN, token(Source::Tcp, i));
    }
}

/// Clients ask port 53, which something of the host's has.
void Server::redirect_to(std::uint16_t port) const {
    const fs::path runroot = directory_.parent_path().parent_path();
    for (const auto& listener : listeners_.sockets) {
        in_context(concat("redirecting port 53 of ", listener.address.text(), ", which another server has"),
                   [&] { redirect_(runroot, own_.view.bridge(), listener.address, port); });
    }
}

void Server::run() {
    while (!end_if_deserted()) step();
}

void Server::step() {
    const auto wait = patience();
    const auto events = poller_.wait(wait);
    if (events.empty() && !rested_ && wait == kQuietBeforeRest) rest();
    if (!events.empty()) rested_ = false;
    refresh();
    for (const auto& event : events) dispatch(event);
    const auto now = Clock::now();
    forwarder_.expire(now);
    connections_.expire(now);
}

/// Whatever made the process wake up, it answers from what the files say now.
void Server::refresh() {
    const std::vector<IpAddress> former = own_.view.listen();
    if (!own_.refresh() || own_.view.listen() == former || !own_.view.has_members()) return;
    listeners_ = {};
    listen();
}

std::chrono::milliseconds Server::patience() const {
    const auto next = std::min(forwarder_.next_deadline(), connections_.next_deadline());
    const auto idle = !rested_ ? std::chrono::milliseconds{kQuietBeforeRest} : watch_ ? kForever : std::chrono::milliseconds{kLookForEnd};
    if (next == Clock::time_point::max()) return idle;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
    return std::clamp<std::chrono::milliseconds>(left, 0ms, kQuietBeforeRest - 1ms);
}

/// Nobody asked for a while: what the last burst needed goes back to the kernel.
void Server::rest() {
    ::malloc_trim(0);
    release_file_pages();
    rested_ = true;
}

void Server::dispatch(const epoll_event& event) {
    const auto number = static_cast<std::uint32_t>(event.data.u64);
    switch (static_cast<Source>(event.data.u64 >> 32)) {
        case Source::Records: {
            alignas(inotify_event) char drained[4096];
            while (::read(watch_.get(), drained, sizeof drained) > 0) {
            }
            return;
        }
        case Source::Udp: read_udp(number); return;
        case Source::Tcp:
            if (number < listeners_.sockets.size()) connections_.accept_from(listeners_.sockets[number].tcp.get());
            return;
        case Source::Connection: connections_.on_event(number, event.events); return;
        case Source::Upstream: forwarder_.on_event(number); return;
    }
}

void Server::read_udp(std::uint32_t number) {
    if (number >= listeners_.sockets.size()) return;
    for (int i = 0; i < kPacketsPerEvent; ++i) {
        Client client{false, number, {}};
        const ssize_t got = ::recvfrom(listeners_.sockets[number].udp.get(), packet.data(), packet.size(), MSG_DONTWAIT, client.peer.get(), &client.peer.length);
        if (got < 0) return;
        handle(client, {packet.data(), static_cast<std::size_t>(got)});
    }
}

void Server::handle(const Client& client, Bytes message) {
    const ReadQuery read = read_query(message);
    if (!read.query) {
        deliver(client, read.refusal);
        return;
    }
    const std::size_t limit = client.tcp ? kMaxMessageBytes : read.query->udp_limit();
    Decision decision = decide(*read.query, client.peer.address(), own_.view, [this](const std::string& id) { return other_view(id); }, limit, turn_++);
    if (decision.answer.empty()) forwarder_.ask(*read.query, client, servers_for(decision));
    else deliver(client, decision.answer);
}

/// Never this responder itself, which the host may well have in its resolv.conf.
std::vector<Upstream> Server::servers_for(const Decision& decision) {
    std::vector<Upstream> servers = decision.servers.empty() ? host_servers_.current() : decision.servers;
    std::erase_if(servers, [&](const Upstream& server) { return std::count(own_.view.listen().begin(), own_.view.listen().end(), server.address) > 0; });
    if (servers.size() > kMaxServers) servers.resize(kMaxServers);
    return servers;
}

const View* Server::other_view(const std::string& network_id) {
    if (others_.size() >= kMaxOthers) others_.clear();  // of networks long gone, mostly
    auto& other = others_[network_id];
    if (!other) other = std::make_unique<Followed>(directory_.parent_path() / network_id);
    other->refresh();
    return other->present ? &other->view : nullptr;
}

/// An answer that does not go out (a full socket, a route that is gone) is the client's to ask for again.
void Server::deliver(const Client& client, const std::string& answer) {
    if (client.tcp) {
        connections_.answer(client, answer);
        return;
    }
    if (answer.empty() || client.endpoint >= listeners_.sockets.size()) return;
    const int fd = listeners_.sockets[client.endpoint].udp.get();
    if (::sendto(fd, answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL, client.peer.get(), client.peer.length) < 0) return;
}

/// What cannot be read will be written anew by whoever changes the members next.
bool Server::are_there_members() const {
    try {
        return has_members(directory_);
    } catch (const Error&) {
        return true;
    }
}

/// Whoever adds a member holds the records' lock while he does, and finds this process serving or gone.
bool Server::end_if_deserted() {
    if (own_.present && own_.view.has_members()) return false;
    state::FileLock lock = lock_records(directory_);
    if (are_there_members()) return false;
    fault_point("dns:ending");
    if (listeners_.port != kDnsPort) redirect_to(kDnsPort);
    remove_directory(directory_, std::move(lock));
    return true;
}

}  // namespace skiff::network::dns
