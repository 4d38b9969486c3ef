#include "network/dns/message.h"

#include <algorithm>

namespace skiff::network::dns {
namespace {

constexpr std::uint16_t kResponseFlag = 0x8000;
constexpr std::uint16_t kOpcodeMask = 0x7800;
constexpr std::uint16_t kAuthoritative = 0x0400;
constexpr std::uint16_t kTruncated = 0x0200;
constexpr std::uint16_t kRecursionDesired = 0x0100;
constexpr std::uint16_t kRecursionAvailable = 0x0080;
constexpr std::uint16_t kAuthenticData = 0x0020;
constexpr std::uint16_t kCheckingDisabled = 0x0010;
constexpr std::uint32_t kDnssecOk = 0x8000;
constexpr std::uint16_t kQuestionAt = 0xC000 | kHeaderBytes;  ///< a pointer to the question's name

/// Containers come and go: an answer is good for the moment in which it is given.
constexpr std::uint32_t kTtl = 0;

std::uint16_t get16(Bytes message, std::size_t at) { return static_cast<std::uint16_t>(message[at] << 8 | message[at + 1]); }

void put16(std::string& out, std::uint32_t value) {
    out.push_back(static_cast<char>(value >> 8 & 0xFF));
    out.push_back(static_cast<char>(value & 0xFF));
}
void put32(std::string& out, std::uint32_t value) {
    put16(out, value >> 16);
    put16(out, value & 0xFFFF);
}

std::string header(std::uint16_t id, std::uint16_t flags, std::uint16_t questions, std::size_t answers, std::size_t authorities, std::size_t additionals) {
    std::string out;
    put16(out, id);
    put16(out, flags);
    put16(out, questions);
    put16(out, static_cast<std::uint32_t>(answers));
    put16(out, static_cast<std::uint32_t>(authorities));
    put16(out, static_cast<std::uint32_t>(additionals));
    return out;
}

void put_question(std::string& out, const Query& query) {
    out += query.asked;
    put16(out, query.type);
    put16(out, query.klass);
}

std::string edns_record(std::size_t udp_bytes, std::uint32_t extended_rcode, bool dnssec_ok) {
    std::string out(1, '\0');
    put16(out, type::kOpt);
    put16(out, static_cast<std::uint32_t>(udp_bytes));
    put32(out, extended_rcode << 24 | (dnssec_ok ? kDnssecOk : 0));
    put16(out, 0);
    return out;
}

/// A resource record's place in a message.
struct RecordView {
    bool at_root = false;
    std::uint16_t rtype = 0;
    std::uint16_t rclass = 0;
    std::uint32_t ttl = 0;
};

/// Reads one and moves `offset` behind it; nullopt where it runs out of the message.
std::optional<RecordView> read_record(Bytes message, std::size_t& offset, Compression compression) {
    constexpr std::size_t kFixed = 10;
    const auto owner = read_name(message, offset, compression);
    if (!owner || offset + kFixed > message.size()) return std::nullopt;
    RecordView record;
    record.at_root = owner->size() == 1;
    record.rtype = get16(message, offset);
    record.rclass = get16(message, offset + 2);
    record.ttl = static_cast<std::uint32_t>(get16(message, offset + 4)) << 16 | get16(message, offset + 6);
    const std::size_t end = offset + kFixed + get16(message, offset + 8);
    if (end > message.size()) return std::nullopt;
    offset = end;
    return record;
}

/// An answer without a question, for what could not be read further than its header.
std::string bare_refusal(Bytes message, Rcode rcode) {
    const auto flags = static_cast<std::uint16_t>(kResponseFlag | (get16(message, 2) & (kOpcodeMask | kRecursionDesired)) | static_cast<std::uint16_t>(rcode));
    return header(get16(message, 0), flags, 0, 0, 0, 0);
}

/// The additional records of a query: at most one OPT. False when malformed; others (a signature) are passed over.
bool read_additionals(Bytes message, std::size_t offset, std::size_t count, Query& query, std::uint8_t& version) {
    for (std::size_t i = 0; i < count; ++i) {
        const auto record = read_record(message, offset, Compression::Allowed);
        if (!record) return false;
        if (record->rtype != type::kOpt) continue;
        if (query.edns || !record->at_root) return false;
        query.edns = Edns{record->rclass, (record->ttl & kDnssecOk) != 0};
        version = static_cast<std::uint8_t>(record->ttl >> 16);
    }
    return offset <= message.size();
}

bool read_question(Bytes message, std::size_t& offset, Query& query) {
    const auto name = read_name(message, offset, Compression::Refused);
    if (!name || offset + 4 > message.size()) return false;
    query.asked = *name;
    query.name = lower_name(*name);
    query.type = get16(message, offset);
    query.klass = get16(message, offset + 2);
    offset += 4;
    return true;
}

}  // namespace

std::size_t Query::udp_limit() const {
    return edns ? std::clamp<std::size_t>(edns->udp_bytes, kPlainUdpBytes, kMaxUdpBytes) : kPlainUdpBytes;
}

ReadQuery read_query(Bytes message) {
    if (message.size() < kHeaderBytes) return {};
    const std::uint16_t flags = get16(message, 2);
    if ((flags & kResponseFlag) != 0) return {};  // answering an answer could go on for ever
    if ((flags & kOpcodeMask) != 0) return {{}, bare_refusal(message, Rcode::NotImp)};
    Query query;
    query.id = get16(message, 0);
    query.recursion_desired = (flags & kRecursionDesired) != 0;
    query.checking_disabled = (flags & kCheckingDisabled) != 0;
    query.authentic_data = (flags & kAuthenticData) != 0;
    std::size_t offset = kHeaderBytes;
    std::uint8_t version = 0;
    const bool fits = message.size() <= kMaxQueryBytes && get16(message, 4) == 1 && get16(message, 6) == 0 && get16(message, 8) == 0;
    if (!fits || !read_question(message, offset, query) || !read_additionals(message, offset, get16(message, 10), query, version)) {
        return {{}, bare_refusal(message, Rcode::FormErr)};
    }
    if (version != 0) return {{}, Answer{query, Rcode::BadVers}.finish(kPlainUdpBytes)};
    return {std::move(query), {}};
}

std::string forward_query(const Query& query, std::uint16_t id, std::size_t udp_bytes) {
    std::uint16_t flags = 0;
    if (query.recursion_desired) flags |= kRecursionDesired;
    if (query.checking_disabled) flags |= kCheckingDisabled;
    if (query.authentic_data) flags |= kAuthenticData;
    std::string out = header(id, flags, 1, 0, 0, query.edns ? 1 : 0);
    put_question(out, query);
    if (query.edns) out += edns_record(udp_bytes, 0, query.edns->dnssec_ok);
    return out;
}

Answer::Answer(const Query& query, Rcode rcode) : query_{query}, rcode_{rcode} {}

void Answer::add_record(std::string owner, std::uint16_t rtype, std::string data, Section section) {
    put16(owner, rtype);
    put16(owner, kClassIn);
    put32(owner, kTtl);
    put16(owner, static_cast<std::uint32_t>(data.size()));
    records_.push_back({owner + data, section == Section::Authority});
}

void Answer::add_address(const IpAddress& address) {
    std::string owner;
    put16(owner, kQuestionAt);
    add_record(owner, address.is_v4() ? type::kA : type::kAaaa, {address.bytes(), address.bytes() + address.size()}, Section::Answer);
}

void Answer::add_pointer(const Name& target) {
    std::string owner;
    put16(owner, kQuestionAt);
    add_record(owner, type::kPtr, target, Section::Answer);
}

void Answer::add_authority(const Name& zone, Section section) {
    std::string data = zone;             // the primary server
    data += Name{"\4root", 5} + zone;    // who answers for it
    for (const std::uint32_t value : {1U, 3600U, 600U, 86400U, kTtl}) put32(data, value);  // serial … negative TTL
    add_record(zone, type::kSoa, std::move(data), section);
}

std::string Answer::finish(std::size_t limit) const {
    const auto rcode = static_cast<std::uint32_t>(rcode_);
    const std::string edns = query_.edns ? edns_record(kMaxUdpBytes, rcode >> 4, query_.edns->dnssec_ok) : std::string{};
    std::string body;
    put_question(body, query_);
    std::size_t counts[2] = {0, 0};
    bool all = true;
    for (const auto& record : records_) {
        all = all && kHeaderBytes + body.size() + record.bytes.size() + edns.size() <= limit;
        if (!all) break;
        body += record.bytes;
        ++counts[record.authority ? 1 : 0];
    }
    std::uint32_t flags = kResponseFlag | kRecursionAvailable | (rcode & 0xF);
    if (rcode_ == Rcode::NoError || rcode_ == Rcode::NxDomain) flags |= kAuthoritative;
    if (query_.recursion_desired) flags |= kRecursionDesired;
    if (!all) flags |= kTruncated;
    return header(query_.id, static_cast<std::uint16_t>(flags), 1, counts[0], counts[1], edns.empty() ? 0 : 1) + body + edns;
}

std::optional<Response> read_response(Bytes message, const Query& query, std::uint16_t id) {
    if (message.size() < kHeaderBytes || get16(message, 0) != id) return std::nullopt;
    const std::uint16_t flags = get16(message, 2);
    if ((flags & kResponseFlag) == 0 || (flags & kOpcodeMask) != 0) return std::nullopt;
    const Response response{static_cast<Rcode>(flags & 0xF), (flags & kTruncated) != 0};
    // Some servers leave the question out of a refusal.
    if (get16(message, 4) == 0 && message.size() == kHeaderBytes && response.rcode != Rcode::NoError) return response;
    Query echoed;
    std::size_t offset = kHeaderBytes;
    if (get16(message, 4) != 1 || !read_question(message, offset, echoed)) return std::nullopt;
    if (echoed.name != query.name || echoed.type != query.type || echoed.klass != query.klass) return std::nullopt;
    const std::size_t records = std::size_t{get16(message, 6)} + get16(message, 8) + get16(message, 10);
    for (std::size_t i = 0; i < records; ++i) {
        if (read_record(message, offset, Compression::Allowed)) continue;
        if (response.truncated) break;  // may be cut anywhere; only its header goes on
        return std::nullopt;
    }
    return response;
}

std::string adopt_response(std::string message, const Query& query, std::size_t limit) {
    const Bytes bytes{reinterpret_cast<const std::uint8_t*>(message.data()), message.size()};
    const std::uint16_t flags = get16(bytes, 2);
    if (message.size() == kHeaderBytes || message.size() > limit || (flags & kTruncated) != 0) {
        const auto kept = static_cast<std::uint16_t>(message.size() == kHeaderBytes ? flags : flags | kTruncated);
        std::string out = header(query.id, kept, 1, 0, 0, query.edns ? 1 : 0);
        put_question(out, query);
        if (query.edns) out += edns_record(kMaxUdpBytes, 0, query.edns->dnssec_ok);
        return out;
    }
    std::string id;
    put16(id, query.id);
    message.replace(0, 2, id);
    message.replace(kHeaderBytes, query.asked.size(), query.asked);  // of the same length: it is the same name
    return message;
}

}  // namespace skiff::network::dns
