#include <doctest/doctest.h>

#include "packets.h"

using namespace skiff::network;
using namespace skiff::network::dns;
using namespace skiff::network::dns::testing;

TEST_CASE("a query is read as it is") {
    const Query plain = query("WeB.Example", 28);
    CHECK(plain.id == 0x1234);
    CHECK(plain.recursion_desired);
    CHECK(plain.asked == *name_from_text("WeB.Example"));
    CHECK(plain.name == *name_from_text("web.example"));
    CHECK(plain.type == 28);
    CHECK(plain.udp_limit() == 512);
    CHECK(query("web", 1, 4096).udp_limit() == 1232);
    CHECK(query("web", 1, 100).udp_limit() == 512);
    CHECK(query("web", 1, 900).udp_limit() == 900);
}

TEST_CASE("what is no query gets the right refusal, or silence") {
    const auto refusal = [](std::string message) {
        const ReadQuery read = read_query(bytes_of(message));
        CHECK_FALSE(read.query);
        return read.refusal;
    };
    std::string good = packet("web", 1);
    CHECK(refusal("").empty());
    CHECK(refusal(good.substr(0, 11)).empty());
    std::string response = good;
    response[2] = static_cast<char>(0x81);
    CHECK(refusal(response).empty());
    std::string update = good;
    update[2] = 0x28;
    CHECK(rcode_of(refusal(update)) == 4);
    CHECK(rcode_of(refusal(good.substr(0, 15))) == 1);
    for (const std::size_t count : {4, 6, 8}) {
        std::string counts = good;
        counts[count + 1] = 2;
        CHECK(rcode_of(refusal(counts)) == 1);
        CHECK(count_at(refusal(counts), 0) == 0x1234);
    }
    std::string version = packet("web", 1, 1232);
    version[version.size() - 5] = 1;
    const std::string bad = refusal(version);
    CHECK(rcode_of(bad) == 0);
    CHECK(bad[bad.size() - 6] == 1);  // the upper bits of BADVERS, in the OPT record
}

TEST_CASE("only the question goes on to a server") {
    std::string message = packet("Web.Example", 16, 4096);
    message[message.size() - 1] = 4;  // an option of the client's
    message += std::string{"\0\12\0\0", 4};
    const Query asked = *read_query(bytes_of(message)).query;
    const std::string forwarded = forward_query(asked, 0xABCD, asked.udp_limit());
    CHECK(count_at(forwarded, 0) == 0xABCD);
    CHECK(forwarded.size() == message.size() - 4);
    CHECK(forwarded.find("Web") != std::string::npos);
    CHECK(read_query(bytes_of(forwarded)).query->edns->udp_bytes == 1232);
}

TEST_CASE("an answer that does not fit is cut at a record and marked") {
    const Query plain = query("web", 1);
    Answer answer{plain, Rcode::NoError};
    for (std::uint32_t i = 0; i < 100; ++i) answer.add_address(IpAddress::v4(0x0A590002 + i));
    const std::string small = answer.finish(512);
    CHECK(small.size() <= 512);
    CHECK(is_truncated(small));
    CHECK(answers_of(small) == (512 - 12 - 9) / 16);
    const std::string whole = answer.finish(65535);
    CHECK_FALSE(is_truncated(whole));
    CHECK(answers_of(whole) == 100);
    CHECK(read_response(bytes_of(small), plain, 0x1234));
}

TEST_CASE("a server's response is believed only when it is the answer to the question") {
    const Query asked = query("www.example", 1);
    Answer answer{asked, Rcode::NoError};
    answer.add_address(*IpAddress::parse("198.51.100.1"));
    const std::string good = answer.finish(512);
    REQUIRE(read_response(bytes_of(good), asked, 0x1234));
    CHECK_FALSE(read_response(bytes_of(good), asked, 0x1235));
    CHECK_FALSE(read_response(bytes_of(good), query("www.example", 28), 0x1234));
    CHECK_FALSE(read_response(bytes_of(good), query("wwx.example", 1), 0x1234));
    CHECK_FALSE(read_response(bytes_of(packet("www.example", 1)), asked, 0x1234));  // a query
    CHECK_FALSE(read_response(bytes_of(good.substr(0, good.size() - 1)), asked, 0x1234));
    std::string loop = good;
    loop[29] = static_cast<char>(0xC0);
    loop[30] = 29;
    CHECK_FALSE(read_response(bytes_of(loop), asked, 0x1234));
    CHECK(read_response(bytes_of(good), query("WWW.example", 1), 0x1234));
}

TEST_CASE("the client gets its own ID and spelling, and what fits") {
    const Query asked = query("www.example", 16);
    Answer theirs{asked, Rcode::NoError};
    for (std::uint32_t i = 0; i < 60; ++i) theirs.add_address(IpAddress::v4(i));
    const Query client = query("wWw.eXample", 16);
    const std::string whole = adopt_response(theirs.finish(65535), client, 65535);
    CHECK(whole.find("wWw") != std::string::npos);
    CHECK(answers_of(whole) == 60);
    const std::string cut = adopt_response(theirs.finish(65535), client, 512);
    CHECK(cut.size() == kHeaderBytes + client.asked.size() + 4);
    CHECK(is_truncated(cut));
    CHECK(answers_of(cut) == 0);
    const std::string bare = two(0x1234) + two(0x8185) + std::string(8, '\0');
    REQUIRE(read_response(bytes_of(bare), asked, 0x1234));
    CHECK(rcode_of(adopt_response(bare, client, 512)) == 5);
}
