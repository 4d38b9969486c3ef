#pragma once
/// DNS messages: reading what strangers send, and writing answers. Nothing here trusts a length, a count or an offset.
/// Sources: RFC 1035 4.1, RFC 6891 (EDNS), RFC 2308 (negative answers).

#include <optional>
#include <string>
#include <vector>

#include "network/dns/name.h"

namespace skiff::network::dns {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kPlainUdpBytes = 512;  ///< of a client that says nothing else
constexpr std::size_t kMaxUdpBytes = 1232;   ///< fits every path without fragments: larger goes by TCP
constexpr std::size_t kMaxQueryBytes = 4096;
constexpr std::size_t kMaxMessageBytes = 65535;
constexpr std::size_t kLengthBytes = 2;  ///< in front of each message by TCP

enum class Rcode : std::uint16_t { NoError = 0, FormErr = 1, ServFail = 2, NxDomain = 3, NotImp = 4, Refused = 5, BadVers = 16 };

/// Values of QTYPE and QCLASS that are treated apart; all others pass through.
namespace type {
constexpr std::uint16_t kA = 1, kNs = 2, kSoa = 6, kPtr = 12, kAaaa = 28, kOpt = 41, kDs = 43, kDnskey = 48, kIxfr = 251, kMaila = 254, kAny = 255;
}
constexpr std::uint16_t kClassIn = 1;

struct Edns {
    std::uint16_t udp_bytes = kPlainUdpBytes;
    bool dnssec_ok = false;
};

struct Query {
    std::uint16_t id = 0;
    bool recursion_desired = false;
    bool checking_disabled = false;
    bool authentic_data = false;
    Name asked;  ///< as it came
    Name name;   ///< in lower case
    std::uint16_t type = 0;
    std::uint16_t klass = 0;
    std::optional<Edns> edns;

    /// The largest answer that its sender takes by UDP.
    std::size_t udp_limit() const;
};

struct ReadQuery {
    std::optional<Query> query;
    std::string refusal;  ///< without a query: what to answer; empty: nothing (too short, or no question at all)
};
ReadQuery read_query(Bytes message);

/// The same question with another ID, for a server: header, question, and EDNS where the client had it; nothing else of what
/// the client sent goes on.
std::string forward_query(const Query& query, std::uint16_t id, std::size_t udp_bytes);

/// An answer of our own.
class Answer {
public:
    Answer(const Query& query, Rcode rcode);
    void add_address(const IpAddress& address);
    void add_pointer(const Name& target);
    /// The start of authority of `zone`: the answer itself, or what makes a negative answer one that may be cached.
    enum class Section { Answer, Authority };
    void add_authority(const Name& zone, Section section);
    /// Whole records only, as many as `limit` bytes hold; TC is set when some are left out.
    std::string finish(std::size_t limit) const;

private:
    struct Record {
        std::string bytes;
        bool authority = false;
    };
    void add_record(std::string owner, std::uint16_t rtype, std::string data, Section section);

    const Query& query_;
    Rcode rcode_;
    std::vector<Record> records_;
};

struct Response {
    Rcode rcode = Rcode::NoError;
    bool truncated = false;
};
/// What a server sent, when it is a well-formed answer to `query` that was asked as `id`. nullopt: not ours, or broken.
std::optional<Response> read_response(Bytes message, const Query& query, std::uint16_t id);
/// A response of a server for the client that asked: its ID, its spelling of the name; cut down to `limit` with TC.
std::string adopt_response(std::string message, const Query& query, std::size_t limit);

}  // namespace skiff::network::dns
