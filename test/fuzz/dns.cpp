// Fuzzes what the DNS responder reads. Built with clang++ -fsanitize=fuzzer; the corpus is replayed by the unit tests.
#include "fuzz/dns.h"

#include <cstdint>
#include <cstdlib>

#include "network/dns/decide.h"
#include "network/dns/host_servers.h"
#include "util/error.h"

namespace skiff::network::dns {
namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

Records records() {
    Records out;
    out.network = "fuzz";
    out.listen = {"10.89.0.1", "fd00:89::1"};
    out.subnets = {"10.89.0.0/24", "fd00:89::/64"};
    out.host_addresses = {"10.89.0.1"};
    for (int i = 0; i < 100; ++i) {
        const std::string number = std::to_string(i + 2);
        out.members.push_back({.id = number, .names = {"web" + number, "web"}, .addresses = {"10.89.0." + number, "fd00:89::" + number}});
    }
    return out;
}

/// Every answer is one that our own reader takes for an answer to that query.
void check_answer(const Query& query, const std::string& answer, std::size_t limit) {
    require(answer.size() <= limit && read_response(bytes_of(answer), query, query.id).has_value());
    const std::string adopted = adopt_response(answer, query, kPlainUdpBytes);
    require(adopted.size() <= kPlainUdpBytes + kMaxNameBytes);
}

void check_query(const Query& query, const View& view) {
    require(query.asked.size() <= kMaxNameBytes && !query.asked.empty() && query.asked.back() == '\0');
    require(lower_name(query.asked) == query.name && label_count(query.name) <= 127);
    const std::string forwarded = forward_query(query, 1, query.udp_limit());
    const ReadQuery again = read_query(bytes_of(forwarded));
    require(again.query && again.query->asked == query.asked && again.query->type == query.type && again.query->edns.has_value() == query.edns.has_value());
    const auto nobody = [](const std::string&) -> const View* { return nullptr; };
    for (const char* source : {"10.89.0.2", "fd00:89::2", "192.0.2.1"}) {
        const Decision decision = decide(query, *IpAddress::parse(source), view, nobody, query.udp_limit(), 7);
        if (!decision.answer.empty()) check_answer(query, decision.answer, query.udp_limit());
    }
}

}  // namespace

void fuzz_dns(std::string_view packet) {
    static const View view{records()};
    const ReadQuery read = read_query(bytes_of(packet));
    require(!read.query || read.refusal.empty());
    require(read.refusal.size() <= kPlainUdpBytes);
    if (read.query) check_query(*read.query, view);
    static const Query query = *read_query(bytes_of(std::string_view{"\0\1\1\0\0\1\0\0\0\0\0\0\3www\7example\0\0\1\0\1", 29})).query;
    if (read_response(bytes_of(packet), query, 1)) require(adopt_response(std::string{packet}, query, kMaxMessageBytes).size() <= kMaxMessageBytes);
    require(parse_nameservers(packet).size() <= kMaxServers);
    try {
        const View parsed{parse_records(packet)};
        const Records same = parse_records(to_text(parse_records(packet)));
        require(parse_records(to_text(same)) == same);
    } catch (const Error&) {
        // not in the format
    }
}

}  // namespace skiff::network::dns

// Weak: the unit tests link several of these files, and call the functions above.
extern "C" __attribute__((weak)) int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    skiff::network::dns::fuzz_dns({reinterpret_cast<const char*>(data), size});
    return 0;
}
