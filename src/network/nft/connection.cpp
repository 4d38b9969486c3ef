#include "network/nft/connection.h"

#include <arpa/inet.h>
#include <endian.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "network/nft/expressions.h"
#include "util/text.h"

namespace skiff::network::nft {
namespace {

[[noreturn]] void no_nf_tables(int code) {
    throw Error{ErrorKind::Unsupported, concat("packet filter: this kernel has no nf_tables (", errno_text(code), "); iptables is not used"),
                "load the module nf_tables, or choose --network none or host"};
}

NetlinkSocket open_socket() {
    try {
        return NetlinkSocket{NETLINK_NETFILTER};
    } catch (const Error& error) {
        if (error.code() == EPROTONOSUPPORT || error.code() == EAFNOSUPPORT) no_nf_tables(error.code());
        throw;
    }
}

std::uint32_t be32(std::span<const std::uint8_t> bytes) {
    std::uint32_t value = 0;
    if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
    return ntohl(value);
}
std::uint64_t be64(std::span<const std::uint8_t> bytes) {
    std::uint64_t value = 0;
    if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
    return be64toh(value);
}

/// A transaction's first or last message.
void append_mark(std::vector<std::uint8_t>& bytes, std::uint16_t type, std::uint32_t sequence) {
    struct {
        nlmsghdr header;
        nfgenmsg family;
    } mark{};
    mark.header = {sizeof mark, type, NLM_F_REQUEST, sequence, 0};
    mark.family = {AF_UNSPEC, NFNETLINK_V0, htons(NFNL_SUBSYS_NFTABLES)};
    const auto* begin = reinterpret_cast<const std::uint8_t*>(&mark);
    bytes.insert(bytes.end(), begin, begin + sizeof mark);
}

/// Only the last message is acknowledged: the kernel tells of every one that fails anyway, and a socket's buffer holds some
/// hundred answers.
void append_step(std::vector<std::uint8_t>& bytes, NetlinkMessage& message, std::uint32_t sequence, bool acknowledged) {
    const auto one = message.finish(sequence);
    const std::size_t at = bytes.size();
    bytes.insert(bytes.end(), one.begin(), one.end());
    if (acknowledged) return;
    nlmsghdr header;
    std::memcpy(&header, bytes.data() + at, sizeof header);
    header.nlmsg_flags = static_cast<std::uint16_t>(header.nlmsg_flags & ~NLM_F_ACK);
    std::memcpy(bytes.data() + at, &header, sizeof header);
}

bool deletes(const std::vector<std::uint8_t>& bytes, std::size_t at) {
    nlmsghdr header;
    std::memcpy(&header, bytes.data() + at, sizeof header);
    switch (header.nlmsg_type & 0xff) {
        case NFT_MSG_DELTABLE:
        case NFT_MSG_DELCHAIN:
        case NFT_MSG_DELRULE:
        case NFT_MSG_DELSET:
        case NFT_MSG_DELSETELEM: return true;
        default: return false;
    }
}

std::optional<BaseChain> chain_of(const NetlinkReply& reply, bool& is_base) {
    const auto* family = reply.header<nfgenmsg>();
    if (family == nullptr) return std::nullopt;
    const auto attributes = reply.attributes<nfgenmsg>();
    BaseChain chain{family->nfgen_family, attributes.string(NFTA_CHAIN_TABLE), attributes.string(NFTA_CHAIN_NAME), 0, false};
    is_base = attributes.has(NFTA_CHAIN_HOOK);
    chain.hook = be32(attributes.nest(NFTA_CHAIN_HOOK).get(NFTA_HOOK_HOOKNUM));
    chain.drops = attributes.has(NFTA_CHAIN_POLICY) && be32(attributes.get(NFTA_CHAIN_POLICY)) == NF_DROP;
    return chain;
}

void take_verdict(ForeignRule& rule, const NetlinkAttributes& data) {
    const auto verdict = data.nest(NFTA_IMMEDIATE_DATA).nest(NFTA_DATA_VERDICT);
    if (!verdict.has(NFTA_VERDICT_CODE)) return;
    const auto code = static_cast<std::int32_t>(be32(verdict.get(NFTA_VERDICT_CODE)));
    rule.accepts = code == NF_ACCEPT;
    rule.drops = code == NF_DROP;
    if (code == NFT_JUMP || code == NFT_GOTO) rule.jumps_to = verdict.string(NFTA_VERDICT_CHAIN);
}

void take_expression(ForeignRule& rule, const NetlinkAttributes& expression) {
    const auto data = expression.nest(NFTA_EXPR_DATA);
    rule.expressions.push_back(expression.string(NFTA_EXPR_NAME));
    const auto& name = rule.expressions.back();
    if (name == "immediate") take_verdict(rule, data);
    if (name == "reject" || (name == "target" && data.string(NFTA_TARGET_NAME) == "REJECT")) rule.drops = true;
    if (name != "cmp") return;
    const auto value = data.nest(NFTA_CMP_DATA).get(NFTA_DATA_VALUE);
    rule.compared.emplace_back(value.begin(), value.end());
}

ForeignRule rule_of(const NetlinkReply& reply) {
    const auto attributes = reply.attributes<nfgenmsg>();
    ForeignRule rule;
    rule.chain = attributes.string(NFTA_RULE_CHAIN);
    rule.handle = be64(attributes.get(NFTA_RULE_HANDLE));
    rule.comment = comment_of(attributes.get(NFTA_RULE_USERDATA));
    attributes.nest(NFTA_RULE_EXPRESSIONS).each([&](std::uint16_t, std::span<const std::uint8_t> expression) {
        take_expression(rule, NetlinkAttributes{expression});
    });
    return rule;
}

}  // namespace

/// The kernel answers within the call that asks: where nothing is there to read, nothing will come.
Connection::Connection() : socket_{open_socket()} { ::fcntl(socket_.fd(), F_SETFL, O_NONBLOCK); }

std::uint32_t Connection::generation() {
    std::uint32_t generation = 0;
    const auto result = socket_.get(begin_message(NFT_MSG_GETGEN, 0, AF_UNSPEC), [&](const NetlinkReply& reply) {
        generation = be32(reply.attributes<nfgenmsg>().get(NFTA_GEN_ID));
    });
    if (result.error == EINVAL || result.error == EOPNOTSUPP) no_nf_tables(result.error);
    if (!result.ok()) throw SystemError{result.error, "packet filter: reading the ruleset's generation", result.message};
    return generation;
}

void Connection::commit(Steps steps) {
    if (steps.empty()) return;
    std::vector<std::uint8_t> bytes;
    append_mark(bytes, NFNL_MSG_BATCH_BEGIN, socket_.next_sequence());
    std::uint32_t first = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const std::uint32_t sequence = socket_.next_sequence();
        if (i == 0) first = sequence;
        const std::size_t at = bytes.size();
        append_step(bytes, steps[i].message, sequence, /*acknowledged=*/i + 1 == steps.size());
        has_deleted_ = has_deleted_ || deletes(bytes, at);
    }
    append_mark(bytes, NFNL_MSG_BATCH_END, socket_.next_sequence());
    const int room = static_cast<int>(bytes.size()) * 2;
    ::setsockopt(socket_.fd(), SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    socket_.send(bytes);

    throw_failure(steps, first);
}

void Connection::throw_failure(const Steps& steps, std::uint32_t first) {
    const auto last = first + static_cast<std::uint32_t>(steps.size()) - 1;
    std::optional<SystemError> failure;
    const auto take = [&](const nlmsghdr& header, const NetlinkReply& reply) {
        if (header.nlmsg_type != NLMSG_ERROR) return true;
        const auto result = result_of(header, reply);
        const std::uint32_t index = header.nlmsg_seq - first;
        if (result.error == EOPNOTSUPP && index >= steps.size()) no_nf_tables(result.error);
        const std::string what = index < steps.size() ? steps[index].what : std::string{"transaction"};
        if (!result.ok() && !failure) failure.emplace(result.error, concat("packet filter: ", what), result.message);
        return header.nlmsg_seq != last;
    };
    try {
        socket_.receive(take);
    } catch (const SystemError& error) {
        // A transaction that is given up early leaves the last message without an answer.
        if (error.code() != EAGAIN || !failure) throw;
    }
    if (failure) throw SystemError{*failure};
}

Chains Connection::chains() {
    Chains out;
    socket_.dump(begin_message(NFT_MSG_GETCHAIN, NLM_F_DUMP, NFPROTO_UNSPEC), [&](const NetlinkReply& reply) {
        bool is_base = false;
        auto chain = chain_of(reply, is_base);
        if (chain) (is_base ? out.base : out.others).push_back(std::move(*chain));
    });
    return out;
}

std::vector<ForeignRule> Connection::rules(std::uint8_t family, const std::string& table) {
    std::vector<ForeignRule> out;
    auto message = begin_message(NFT_MSG_GETRULE, NLM_F_DUMP, family);
    message.string(NFTA_RULE_TABLE, table);
    socket_.dump(std::move(message), [&](const NetlinkReply& reply) { out.push_back(rule_of(reply)); });
    return out;
}

bool Connection::has_table(const std::string& table) {
    auto message = begin_message(NFT_MSG_GETTABLE, 0);
    message.string(NFTA_TABLE_NAME, table);
    const auto result = socket_.get(std::move(message), [](const NetlinkReply&) {});
    if (!result.ok() && result.error != ENOENT) throw SystemError{result.error, "packet filter: looking for the table", result.message};
    return result.ok();
}

}  // namespace skiff::network::nft
