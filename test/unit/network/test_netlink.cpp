#include <doctest/doctest.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include <cstring>

#include "network/interface.h"
#include "network/link.h"
#include "network/netlink.h"

using namespace skiff::network;

namespace {

std::uint32_t word_at(std::span<const std::uint8_t> bytes, std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

}  // namespace

TEST_CASE("a message has its length, its number, padded attributes and asks for an answer") {
    NetlinkMessage message{RTM_NEWLINK, NLM_F_CREATE};
    message.header(ifinfomsg{}).string(IFLA_IFNAME, "abc").u8(7, 9).nest(8, [](NetlinkMessage& nest) { nest.u32(1, 0x01020304); });
    const auto bytes = message.finish(42);
    CHECK(word_at(bytes, 0) == bytes.size());
    CHECK(word_at(bytes, 8) == 42);
    nlmsghdr header;
    std::memcpy(&header, bytes.data(), sizeof header);
    CHECK((header.nlmsg_flags & NLM_F_ACK) != 0);
    CHECK((header.nlmsg_flags & NLM_F_REQUEST) != 0);
    CHECK(bytes.size() == 16 + 16 + 8 + 8 + 12);
    const NetlinkAttributes attributes{bytes.subspan(32)};
    CHECK(attributes.string(IFLA_IFNAME) == "abc");
    CHECK(attributes.u8(7) == 9);
    CHECK(attributes.nest(8).u32(1) == 0x01020304U);
    CHECK_FALSE(attributes.has(99));
}

TEST_CASE("malformed attributes end the list") {
    const std::vector<std::uint8_t> short_length{3, 0, 1, 0};
    CHECK_FALSE(NetlinkAttributes{short_length}.has(1));
    const std::vector<std::uint8_t> over_the_end{8, 0, 1, 0, 5};
    CHECK_FALSE(NetlinkAttributes{over_the_end}.has(1));
}

TEST_CASE("a veth pair is one message: this end on the bridge, the other in its namespace") {
    auto message = new_veth({"skhost", 7, "eth0", *MacAddress::parse("02:00:00:00:00:01"), 33, 1400});
    const NetlinkAttributes attributes{message.finish(1).subspan(32)};
    CHECK(attributes.string(IFLA_IFNAME) == "skhost");
    CHECK(attributes.u32(IFLA_MASTER) == 7U);
    CHECK(attributes.u32(IFLA_MTU) == 1400U);
    CHECK(attributes.u32(IFLA_NUM_TX_QUEUES) == 1U);
    const auto peer_bytes = attributes.nest(IFLA_LINKINFO).nest(IFLA_INFO_DATA).get(VETH_INFO_PEER);
    REQUIRE(peer_bytes.size() > sizeof(ifinfomsg));
    const NetlinkAttributes peer{peer_bytes.subspan(sizeof(ifinfomsg))};
    CHECK(peer.string(IFLA_IFNAME) == "eth0");
    CHECK(peer.u32(IFLA_NET_NS_FD) == 33U);
    CHECK(peer.u32(IFLA_NUM_TX_QUEUES) == 1U);
    CHECK(peer.get(IFLA_ADDRESS).size() == 6);
}

TEST_CASE("names of host links tell container, slot and start, within the kernel's 15 bytes") {
    const std::string id = "0123456789abcdef";
    CHECK(host_link_name(id, 0, 0) == "sk0123456780000");
    CHECK(host_link_name(id, 35, 36) == "sk012345678z010");
    CHECK(host_link_name(id, 1, 46656ULL * 3 + 5) == "sk0123456781005");
    CHECK(host_link_name(id, 1, 1).size() == 15);
    CHECK(host_link_name(id, 1, 1).starts_with(host_link_prefix(id)));
}
