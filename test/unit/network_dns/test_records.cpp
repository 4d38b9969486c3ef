#include <doctest/doctest.h>

#include "network/dns/view.h"
#include "util/error.h"

using namespace skiff;
using namespace skiff::network;
using namespace skiff::network::dns;

namespace {

Records sample() {
    return {.network = "net",
            .bridge = "br0",
            .listen = {"10.89.0.1"},
            .subnets = {"10.89.0.0/24"},
            .internal = true,
            .servers = {"192.0.2.1"},
            .host_addresses = {"10.89.0.1"},
            .port = 5354,
            .members = {{.id = "1", .names = {"a", "b"}, .addresses = {"10.89.0.2"}, .servers = {"192.0.2.2"}, .also = {"x"}, .searches = {"a.example"}, .outside = true}, {.id = "2"}}};
}

}  // namespace

TEST_CASE("records survive writing and reading") {
    CHECK(parse_records(to_text(sample())) == sample());
    CHECK(parse_records(to_text(Records{})) == Records{});
}

TEST_CASE("values that would break a line are left out") {
    Records records = sample();
    records.members[0].names = {"ok", "two words", "line\nmember evil", "", "tab\t", "del\x7F"};
    const Records read = parse_records(to_text(records));
    CHECK(read.members.size() == 2);
    CHECK(read.members[0].names == std::vector<std::string>{"ok"});
}

TEST_CASE("a newer writer's lines are passed over, another format is refused") {
    const Records read = parse_records("skiff-dns 1\nfuture 7\nnetwork n\nmember 1\nweight 3\nname a\n");
    CHECK(read.network == "n");
    CHECK(read.members.at(0).names == std::vector<std::string>{"a"});
    for (const char* text : {"", "skiff-dns", "skiff-dns 2\n", "skiff-dns 10\n", "\nskiff-dns 1\n"}) CHECK_THROWS_AS(parse_records(text), Error);
    CHECK_THROWS_AS(parse_records("skiff-dns 1\n" + std::string(kMaxRecordsBytes, '\n')), Error);
}

TEST_CASE("names and addresses that are none do not get into the view") {
    Records records = sample();
    records.members[0] = {.id = "1", .names = {std::string(64, 'x'), "a..b", "good"}, .addresses = {"10.89.0.2", "nonsense", "10.89.0.300"}};
    const View view{records};
    CHECK(view.addresses_of(*name_from_text("good")) == std::vector<IpAddress>{*IpAddress::parse("10.89.0.2")});
    CHECK(view.member_at(*IpAddress::parse("10.89.0.2"))->canonical == *name_from_text("good.dns.podman"));
    CHECK(view.owns(*IpAddress::parse("10.89.0.200")));
    CHECK_FALSE(view.owns(*IpAddress::parse("10.89.1.2")));
    CHECK_FALSE(view.has_name(*name_from_text("nosuch")));
}
