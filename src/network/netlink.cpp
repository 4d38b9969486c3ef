#include "network/netlink.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "util/error.h"
#include "util/text.h"

namespace skiff::network {
namespace {

constexpr std::size_t kReceiveBytes = 64UL << 10;

std::size_t aligned(std::size_t size) { return NLMSG_ALIGN(size); }

}  // namespace

NetlinkMessage::NetlinkMessage(std::uint16_t type, std::uint16_t flags) {
    bytes_.reserve(256);
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
    append(&header, sizeof header);
}

void NetlinkMessage::append(const void* data, std::size_t size) {
    const auto at = bytes_.size();
    bytes_.resize(at + aligned(size));  // the padding is zero
    if (size > 0) std::memcpy(bytes_.data() + at, data, size);
}

NetlinkMessage& NetlinkMessage::attribute(std::uint16_t type, const void* data, std::size_t size) {
    const nlattr header{static_cast<std::uint16_t>(NLA_HDRLEN + size), type};
    append(&header, sizeof header);
    append(data, size);
    return *this;
}

NetlinkMessage& NetlinkMessage::string(std::uint16_t type, std::string_view value) {
    const std::string terminated{value};
    return attribute(type, terminated.c_str(), terminated.size() + 1);
}

std::size_t NetlinkMessage::begin_nest(std::uint16_t type) {
    const std::size_t at = bytes_.size();
    attribute(type, nullptr, 0);
    return at;
}

void NetlinkMessage::end_nest(std::size_t at) {
    const auto length = static_cast<std::uint16_t>(bytes_.size() - at);
    std::memcpy(bytes_.data() + at, &length, sizeof length);
}

std::uint16_t NetlinkMessage::type() const noexcept {
    nlmsghdr header;
    std::memcpy(&header, bytes_.data(), sizeof header);
    return header.nlmsg_type;
}

std::span<const std::uint8_t> NetlinkMessage::finish(std::uint32_t sequence) {
    nlmsghdr header;
    std::memcpy(&header, bytes_.data(), sizeof header);
    header.nlmsg_len = static_cast<std::uint32_t>(bytes_.size());
    header.nlmsg_seq = sequence;
    const bool is_dump = (header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
    if (!is_dump) header.nlmsg_flags |= NLM_F_ACK;
    std::memcpy(bytes_.data(), &header, sizeof header);
    return bytes_;
}

NetlinkAttributes::NetlinkAttributes(std::span<const std::uint8_t> bytes) {
    while (bytes.size() >= NLA_HDRLEN) {
        nlattr header;
        std::memcpy(&header, bytes.data(), sizeof header);
        if (header.nla_len < NLA_HDRLEN || header.nla_len > bytes.size()) return;
        entries_.push_back({static_cast<std::uint16_t>(header.nla_type & NLA_TYPE_MASK), bytes.subspan(NLA_HDRLEN, header.nla_len - NLA_HDRLEN)});
        bytes = bytes.subspan(std::min(aligned(header.nla_len), bytes.size()));
    }
}

bool NetlinkAttributes::has(std::uint16_t type) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.type == type; });
}

std::span<const std::uint8_t> NetlinkAttributes::get(std::uint16_t type) const {
    const auto found = std::find_if(entries_.rbegin(), entries_.rend(), [&](const auto& entry) { return entry.type == type; });
    return found == entries_.rend() ? std::span<const std::uint8_t>{} : found->value;
}

std::optional<std::uint32_t> NetlinkAttributes::u32(std::uint16_t type) const {
    const auto bytes = get(type);
    std::uint32_t value = 0;
    if (bytes.size() != sizeof value) return std::nullopt;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

std::optional<std::uint8_t> NetlinkAttributes::u8(std::uint16_t type) const {
    const auto bytes = get(type);
    return bytes.size() == 1 ? std::optional{bytes[0]} : std::nullopt;
}

std::string NetlinkAttributes::string(std::uint16_t type) const {
    const auto bytes = get(type);
    const std::string text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    return text.substr(0, text.find('\0'));
}

NetlinkSocket::NetlinkSocket(int protocol) : fd_{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)} {
    if (!fd_) throw SystemError{errno, "opening a netlink socket"};
    const int on = 1;
    // Without these (Linux 4.12, 4.3) errors have no words and repeat the message: both are fine.
    ::setsockopt(fd_.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    ::setsockopt(fd_.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    sockaddr_nl local{};
    local.nl_family = AF_NETLINK;
    if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) throw SystemError{errno, "binding a netlink socket"};
}

void NetlinkSocket::send(std::span<const std::uint8_t> bytes) {
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    ssize_t sent;
    do {
        sent = ::sendto(fd_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) throw SystemError{errno, "sending to the kernel's network configuration"};
}

void NetlinkSocket::receive(const std::function<bool(const nlmsghdr&, const NetlinkReply&)>& take) {
    buffer_.resize(kReceiveBytes);
    while (true) {
        const ssize_t got = ::recv(fd_.get(), buffer_.data(), buffer_.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw SystemError{errno, "reading the kernel's network configuration"};
        std::span<const std::uint8_t> rest{buffer_.data(), static_cast<std::size_t>(got)};
        while (rest.size() >= sizeof(nlmsghdr)) {
            nlmsghdr header;
            std::memcpy(&header, rest.data(), sizeof header);
            if (header.nlmsg_len < sizeof header || header.nlmsg_len > rest.size()) break;
            if (!take(header, {header.nlmsg_type, rest.subspan(NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN)})) return;
            rest = rest.subspan(std::min(aligned(header.nlmsg_len), rest.size()));
        }
    }
}

NetlinkResult result_of(const nlmsghdr& header, const NetlinkReply& reply) {
    const auto* error = reply.header<nlmsgerr>();
    if (error == nullptr) return {EIO, "a short answer"};
    NetlinkResult result{-error->error, {}};
    if ((header.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return result;
    const bool capped = (header.nlmsg_flags & NLM_F_CAPPED) != 0;
    const std::size_t echoed = capped ? 0 : aligned(error->msg.nlmsg_len) - sizeof(nlmsghdr);
    const std::size_t skip = sizeof(nlmsgerr) + echoed;
    if (skip < reply.payload.size()) result.message = NetlinkAttributes{reply.payload.subspan(skip)}.string(NLMSGERR_ATTR_MSG);
    return result;
}

std::vector<NetlinkResult> NetlinkSocket::transact(std::span<NetlinkMessage> messages) {
    std::vector<std::uint8_t> bytes;
    const std::uint32_t first = sequence_ + 1;
    for (auto& message : messages) {
        const auto one = message.finish(next_sequence());
        bytes.insert(bytes.end(), one.begin(), one.end());
    }
    std::vector<NetlinkResult> results(messages.size());
    if (messages.empty()) return results;
    send(bytes);
    std::size_t open = messages.size();
    receive([&](const nlmsghdr& header, const NetlinkReply& reply) {
        const std::uint32_t index = header.nlmsg_seq - first;
        if (header.nlmsg_type == NLMSG_ERROR && index < results.size()) {
            results[index] = result_of(header, reply);
            --open;
        }
        return open > 0;
    });
    return results;
}

NetlinkResult NetlinkSocket::transact(NetlinkMessage message) { return transact(std::span{&message, 1}).front(); }

void NetlinkSocket::request(NetlinkMessage message, std::string_view what) {
    const auto result = transact(std::move(message));
    if (!result.ok()) throw SystemError{result.error, what, result.message};
}

NetlinkResult NetlinkSocket::get(NetlinkMessage message, const std::function<void(const NetlinkReply&)>& take) {
    NetlinkResult result;
    const std::uint32_t sequence = next_sequence();
    send(message.finish(sequence));
    receive([&](const nlmsghdr& header, const NetlinkReply& reply) {
        if (header.nlmsg_seq != sequence) return true;
        if (header.nlmsg_type != NLMSG_ERROR) {
            take(reply);
            return true;
        }
        result = result_of(header, reply);
        return false;
    });
    return result;
}

bool NetlinkSocket::dump(NetlinkMessage message, const std::function<void(const NetlinkReply&)>& take) {
    bool whole = true;
    const std::uint32_t sequence = next_sequence();
    send(message.finish(sequence));
    receive([&](const nlmsghdr& header, const NetlinkReply& reply) {
        if (header.nlmsg_seq != sequence) return true;
        if ((header.nlmsg_flags & NLM_F_DUMP_INTR) != 0) whole = false;
        if (header.nlmsg_type == NLMSG_DONE) return false;
        if (header.nlmsg_type == NLMSG_ERROR) {
            const auto result = result_of(header, reply);
            if (!result.ok()) throw SystemError{result.error, "listing the kernel's network configuration", result.message};
            return false;
        }
        take(reply);
        return true;
    });
    return whole;
}

}  // namespace skiff::network
