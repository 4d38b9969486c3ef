#include "image/registry/plain_http.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <memory>
#include <string_view>

#include "util/fd.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

using Clock = std::chrono::steady_clock;
using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

// The random number begins with two ends of line, so that a server that reads lines answers at once.
constexpr char kClientHello[] =
    "\x16\x03\x01\x00\x3d"                                             // record: handshake, 61 bytes
    "\x01\x00\x00\x39\x03\x03"                                         // ClientHello, 57 bytes, TLS 1.2
    "\r\n\r\n.skiff asks for TLS or HTTP "                             // random, 32 bytes
    "\x00"                                                             // no session
    "\x00\x08\xc0\x2f\xc0\x30\xc0\x2b\xc0\x2c"                         // ECDHE with AES-GCM
    "\x01\x00"                                                         // no compression
    "\x00\x08\x00\x0a\x00\x04\x00\x02\x00\x1d";                        // supported_groups: x25519
constexpr std::string_view kPlainAnswer = "HTTP/";
constexpr std::size_t kHeadLimitBytes = 16U << 10;

AddressList addresses_of(const std::string& host, const std::string& port) {
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo((bracketed ? host.substr(1, host.size() - 2) : host).c_str(), port.c_str(), &hints, &found) != 0) found = nullptr;
    return {found, &::freeaddrinfo};
}

bool ready(int fd, short events, Clock::time_point until) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    pollfd entry{fd, events, 0};
    return left.count() > 0 && ::poll(&entry, 1, static_cast<int>(left.count())) == 1;
}

UniqueFd connected(const addrinfo& address, Clock::time_point until) {
    UniqueFd fd{::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd) return {};
    if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) != 0 && (errno != EINPROGRESS || !ready(fd.get(), POLLOUT, until))) return {};
    return fd;
}

UniqueFd connected(const std::string& host, const std::string& port, Clock::time_point until) {
    const auto addresses = addresses_of(host, port);
    for (const auto* address = addresses.get(); address != nullptr; address = address->ai_next)
        if (auto fd = connected(*address, until)) return fd;
    return {};
}

bool sent(int fd, std::string_view bytes) { return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()); }

bool plain_on(int fd, Clock::time_point until) {
    if (!sent(fd, {kClientHello, sizeof kClientHello - 1})) return false;
    std::array<char, kPlainAnswer.size()> answer{};
    if (!ready(fd, POLLIN, until)) return false;
    const auto got = ::recv(fd, answer.data(), answer.size(), 0);
    return got == static_cast<ssize_t>(answer.size()) && std::string_view{answer.data(), answer.size()} == kPlainAnswer;
}

/// Up to the empty line; nullopt when it does not come.
std::optional<std::string> read_head(int fd, Clock::time_point until) {
    std::string head;
    std::array<char, 4096> buffer{};
    while (head.size() < kHeadLimitBytes && ready(fd, POLLIN, until)) {
        const auto got = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (got <= 0) return std::nullopt;
        head.append(buffer.data(), static_cast<std::size_t>(got));
        if (const auto end = head.find("\r\n\r\n"); end != std::string::npos) return head.substr(0, end);
    }
    return std::nullopt;
}

}  // namespace

bool answers_in_plain(const std::string& host, const std::string& port, std::chrono::milliseconds patience) {
    const auto until = Clock::now() + patience;
    const auto fd = connected(host, port, until);
    return fd && plain_on(fd.get(), until);
}

std::optional<HttpResponse> parse_response_head(std::string_view head) {
    HttpResponse response;
    const auto lines = split(head, '\n');
    const auto status = split(trim(lines.front()), ' ');
    if (status.size() < 2 || (status[0] != "HTTP/1.1" && status[0] != "HTTP/1.0") || status[1].size() != 3) return std::nullopt;
    response.status = static_cast<long>(parse_int(status[1]).value_or(0));
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const auto pair = split_once(lines[i], ':');
        if (!pair || pair->first.empty() || pair->first.find_first_of(" \t") != std::string_view::npos) return std::nullopt;
        response.headers[lower(pair->first)].emplace_back(trim(pair->second));
    }
    return response;
}

std::optional<HttpResponse> plain_head(const Url& url, const std::vector<std::string>& headers, std::chrono::milliseconds patience) {
    const auto until = Clock::now() + patience;
    const auto fd = connected(url.host, url.port, until);
    auto request = concat("HEAD ", url.target, " HTTP/1.1\r\nHost: ", url.authority(), "\r\nUser-Agent: skiff/" SKIFF_VERSION "\r\nConnection: close\r\n");
    for (const auto& line : headers) request.append(line).append("\r\n");
    if (!fd || !sent(fd.get(), request.append("\r\n"))) return std::nullopt;
    const auto head = read_head(fd.get(), until);
    auto response = head ? parse_response_head(*head) : std::nullopt;
    return response && response->status == 200 ? response : std::nullopt;
}

}  // namespace skiff::image::registry
