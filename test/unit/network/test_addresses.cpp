#include <doctest/doctest.h>

#include "network/ip.h"
#include "network/subnet_choice.h"

using namespace skiff::network;

TEST_CASE("addresses are read strictly and written in one way") {
    CHECK(IpAddress::parse("10.88.0.2")->text() == "10.88.0.2");
    CHECK(IpAddress::parse("FD00:0:0::2")->text() == "fd00::2");
    for (const auto* wrong : {"", "10.88.0", "10.88.0.256", "010.88.0.1", "10.88.0.1 ", "fd00::1%eth0", "::g", "1.2.3.4/8"}) CHECK_FALSE(IpAddress::parse(wrong));
}

TEST_CASE("counting carries over bytes, both ways") {
    CHECK(IpAddress::parse("10.88.0.255")->plus(1).text() == "10.88.1.0");
    CHECK(IpAddress::parse("10.88.1.0")->minus_one().text() == "10.88.0.255");
    CHECK(IpAddress::parse("fd00::ffff:ffff")->plus(2).text() == "fd00::1:0:1");
    CHECK(IpAddress::parse("10.0.0.0")->plus(65536).text() == "10.1.0.0");
}

TEST_CASE("a prefix knows its ends, what it contains and what it overlaps") {
    const auto subnet = *IpPrefix::parse("10.88.5.7/20");
    CHECK(subnet.first().text() == "10.88.0.0");
    CHECK(subnet.last().text() == "10.88.15.255");
    CHECK(subnet.contains(*IpAddress::parse("10.88.15.1")));
    CHECK_FALSE(subnet.contains(*IpAddress::parse("10.88.16.1")));
    CHECK_FALSE(subnet.contains(*IpAddress::parse("fd00::1")));
    CHECK(subnet.overlaps(*IpPrefix::parse("10.0.0.0/8")));
    CHECK(IpPrefix::parse("10.0.0.0/8")->overlaps(subnet));
    CHECK_FALSE(subnet.overlaps(*IpPrefix::parse("10.88.16.0/20")));
    for (const auto* wrong : {"10.0.0.0", "10.0.0.0/33", "fd00::/129", "/8", "10.0.0.0/-1"}) CHECK_FALSE(IpPrefix::parse(wrong));
}

TEST_CASE("Ethernet addresses") {
    CHECK(MacAddress::parse("02:42:0A:58:00:02")->text() == "02:42:0a:58:00:02");
    CHECK(MacAddress::parse("02-42-0a-58-00-02")->text() == "02:42:0a:58:00:02");
    for (const auto* wrong : {"", "02:42:0a:58:00", "02:42:0a:58:00:0g", "02:42-0a:58:00:02", "0242:0a:58:00:02xx"}) CHECK_FALSE(MacAddress::parse(wrong));
    const auto mac = MacAddress::random();
    CHECK_FALSE(mac.is_multicast());
    CHECK((mac.bytes[0] & 2U) != 0);
}

TEST_CASE("subnets are chosen in order, around what is taken") {
    const auto pools = default_subnet_pools();
    CHECK(choose_subnet(pools, {})->text() == "10.89.0.0/24");
    CHECK(choose_subnet(pools, {*IpPrefix::parse("10.89.0.0/24"), *IpPrefix::parse("10.89.1.128/25")})->text() == "10.89.2.0/24");
    CHECK(choose_subnet(pools, {*IpPrefix::parse("10.0.0.0/8")})->text() == "172.16.0.0/24");
    CHECK_FALSE(choose_subnet({{*IpPrefix::parse("10.1.0.0/24"), 25}}, {*IpPrefix::parse("10.1.0.0/16")}));
    CHECK(choose_subnet({{*IpPrefix::parse("255.255.255.0/24"), 24}}, {*IpPrefix::parse("255.255.255.0/25")}) == std::nullopt);
    const auto six = random_subnet6({});
    CHECK(six.length == 64);
    CHECK(six.address.bytes()[0] == 0xfd);
    CHECK(first_host(*IpPrefix::parse("10.1.0.0/24")).text() == "10.1.0.1");
    CHECK(first_host(*IpPrefix::parse("10.1.0.0/31")).text() == "10.1.0.0");
}
