#pragma once
/// Netlink messages as plain bytes: building, sending several at once, reading acknowledgements and dumps.
/// Source: netlink(7), libnetlink(3); attributes are TLVs aligned to four bytes.
///
/// A socket belongs to the network namespace that it was opened in, whatever its process does later.

#include <linux/netlink.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "util/fd.h"

namespace skiff::network {

/// One message under construction: the netlink header, the family's header, attributes.
class NetlinkMessage {
public:
    /// `flags` beside NLM_F_REQUEST, which is always set.
    NetlinkMessage(std::uint16_t type, std::uint16_t flags);

    /// The family's fixed header (ifinfomsg, ifaddrmsg, rtmsg, nfgenmsg …), right after construction.
    template <typename Header>
    NetlinkMessage& header(const Header& value) {
        append(&value, sizeof value);
        return *this;
    }
    NetlinkMessage& attribute(std::uint16_t type, const void* data, std::size_t size);
    NetlinkMessage& attribute(std::uint16_t type, std::span<const std::uint8_t> data) { return attribute(type, data.data(), data.size()); }
    NetlinkMessage& u8(std::uint16_t type, std::uint8_t value) { return attribute(type, &value, sizeof value); }
    NetlinkMessage& u16(std::uint16_t type, std::uint16_t value) { return attribute(type, &value, sizeof value); }
    NetlinkMessage& u32(std::uint16_t type, std::uint32_t value) { return attribute(type, &value, sizeof value); }
    NetlinkMessage& u64(std::uint16_t type, std::uint64_t value) { return attribute(type, &value, sizeof value); }
    /// With the final NUL byte.
    NetlinkMessage& string(std::uint16_t type, std::string_view value);
    /// Present, without content.
    NetlinkMessage& flag(std::uint16_t type) { return attribute(type, nullptr, 0); }

    /// Attributes that `fill` adds become the content of one of `type`.
    template <typename Fill>
    NetlinkMessage& nest(std::uint16_t type, Fill fill) {
        const std::size_t at = begin_nest(type);
        fill(*this);
        end_nest(at);
        return *this;
    }
    /// Raw content of the attribute that is open (a header inside a nest, such as that of VETH_INFO_PEER).
    void append(const void* data, std::size_t size);

    std::uint16_t type() const noexcept;
    /// The bytes, with length and sequence number; NLM_F_ACK is set unless it is a dump.
    std::span<const std::uint8_t> finish(std::uint32_t sequence);

private:
    std::size_t begin_nest(std::uint16_t type);
    void end_nest(std::size_t at);
    std::vector<std::uint8_t> bytes_;
};

/// Attributes of a received message or nest, by type; of repeated ones the last.
class NetlinkAttributes {
public:
    NetlinkAttributes() = default;
    /// Stops at the first malformed one.
    explicit NetlinkAttributes(std::span<const std::uint8_t> bytes);
    bool has(std::uint16_t type) const;
    std::span<const std::uint8_t> get(std::uint16_t type) const;
    std::optional<std::uint32_t> u32(std::uint16_t type) const;
    std::optional<std::uint8_t> u8(std::uint16_t type) const;
    std::string string(std::uint16_t type) const;
    NetlinkAttributes nest(std::uint16_t type) const { return NetlinkAttributes{get(type)}; }
    /// Every one in order: lists repeat a type.
    template <typename Take>
    void each(Take take) const {
        for (const auto& entry : entries_) take(entry.type, entry.value);
    }

private:
    struct Entry {
        std::uint16_t type;
        std::span<const std::uint8_t> value;
    };
    std::vector<Entry> entries_;
};

/// One received message; valid during the call that hands it over.
struct NetlinkReply {
    std::uint16_t type = 0;
    std::span<const std::uint8_t> payload;  ///< the family's header and the attributes
    template <typename Header>
    const Header* header() const {
        return payload.size() < sizeof(Header) ? nullptr : reinterpret_cast<const Header*>(payload.data());
    }
    template <typename Header>
    NetlinkAttributes attributes() const {
        return payload.size() < NLMSG_ALIGN(sizeof(Header)) ? NetlinkAttributes{}
                                                            : NetlinkAttributes{payload.subspan(NLMSG_ALIGN(sizeof(Header)))};
    }
};

/// What the kernel said of one message.
struct NetlinkResult {
    int error = 0;        ///< errno, 0 when it was done
    std::string message;  ///< the kernel's own words, when it has any
    bool ok() const noexcept { return error == 0; }
};

class [[nodiscard]] NetlinkSocket {
public:
    /// NETLINK_ROUTE, NETLINK_NETFILTER. Throws SystemError.
    explicit NetlinkSocket(int protocol);

    /// Sends all in one system call and waits for the kernel's word on each. Later messages are tried although an earlier
    /// one failed. (nfnetlink's batches are the caller's: send() and receive().)
    std::vector<NetlinkResult> transact(std::span<NetlinkMessage> messages);
    NetlinkResult transact(NetlinkMessage message);
    /// transact(), a failure is thrown as SystemError naming `what`.
    void request(NetlinkMessage message, std::string_view what);
    /// A request that answers with one message (RTM_GETLINK by name); `take` is called for it. The error is given back.
    NetlinkResult get(NetlinkMessage message, const std::function<void(const NetlinkReply&)>& take);
    /// A dump (NLM_F_DUMP): `take` for every message. False when it changed meanwhile and may be incomplete. Throws
    /// SystemError.
    bool dump(NetlinkMessage message, const std::function<void(const NetlinkReply&)>& take);

    /// For protocols with batches of their own: the bytes as they are; replies until `take` says false.
    void send(std::span<const std::uint8_t> bytes);
    void receive(const std::function<bool(const nlmsghdr&, const NetlinkReply&)>& take);
    std::uint32_t next_sequence() noexcept { return ++sequence_; }
    int fd() const noexcept { return fd_.get(); }

private:
    UniqueFd fd_;
    std::uint32_t sequence_ = 0;
    std::vector<std::uint8_t> buffer_;
};

/// The error and the text of an NLMSG_ERROR message.
NetlinkResult result_of(const nlmsghdr& header, const NetlinkReply& reply);

}  // namespace skiff::network
