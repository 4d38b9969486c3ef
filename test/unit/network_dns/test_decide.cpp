#include <doctest/doctest.h>

#include <map>

#include "network/dns/decide.h"
#include "packets.h"

using namespace skiff::network;
using namespace skiff::network::dns;
using namespace skiff::network::dns::testing;

namespace {

Records front() {
    Records out;
    out.listen = {"10.89.0.1", "fd00:89::1"};
    out.subnets = {"10.89.0.0/24", "fd00:89::/64"};
    out.host_addresses = {"10.89.0.1"};
    out.members = {{.id = "1", .names = {"Web", "111111111111", "shared"}, .addresses = {"10.89.0.2", "fd00:89::2"}},
                   {.id = "2", .names = {"db", "shared"}, .addresses = {"10.89.0.3"}, .servers = {"192.0.2.9"}, .also = {"back"}, .outside = true}};
    return out;
}

Records back() {
    Records out;
    out.listen = {"10.89.1.1"};
    out.subnets = {"10.89.1.0/24"};
    out.internal = true;
    out.members = {{.id = "2", .names = {"db"}, .addresses = {"10.89.1.3"}, .also = {"front"}, .outside = true},
                   {.id = "3", .names = {"store"}, .addresses = {"10.89.1.4"}}};
    return out;
}

struct World {
    std::map<std::string, View> views{{"front", View{front()}}, {"back", View{back()}}};

    Decision ask(const char* network, const char* source, std::string_view name, unsigned qtype, unsigned klass = 1) const {
        const auto other = [this](const std::string& id) { return views.contains(id) ? &views.at(id) : nullptr; };
        const Query asked = query(name, qtype, 0, klass);
        return decide(asked, *IpAddress::parse(source), views.at(network), other, 512, 0);
    }
    /// The last bytes of the only answer.
    std::string address(const char* network, const char* source, std::string_view name, unsigned qtype = 1) const {
        const std::string answer = ask(network, source, name, qtype).answer;
        if (answer.empty() || rcode_of(answer) != 0 || answers_of(answer) != 1) return "none";
        const std::size_t size = qtype == 28 ? 16 : 4;
        return IpAddress::from_bytes(qtype == 28 ? Family::V6 : Family::V4, answer.data() + answer.size() - size).text();
    }
    unsigned rcode(const char* network, const char* source, std::string_view name, unsigned qtype = 1, unsigned klass = 1) const {
        const std::string answer = ask(network, source, name, qtype, klass).answer;
        return answer.empty() ? 99 : rcode_of(answer);
    }
};
constexpr unsigned kForwarded = 99;
constexpr const char* kWeb = "10.89.0.2";

}  // namespace

TEST_CASE("members by every name, in any case, bare and below the domain") {
    const World world;
    for (const char* name : {"web", "WEB", "web.dns.podman", "wEb.DNS.Podman", "111111111111"}) {
        CAPTURE(name);
        CHECK(world.address("front", kWeb, name) == "10.89.0.2");
        CHECK(world.address("front", kWeb, name, 28) == "fd00:89::2");
    }
    CHECK(world.address("front", "fd00:89::2", "db") == "10.89.0.3");
    CHECK(answers_of(world.ask("front", kWeb, "shared", 1).answer) == 2);
    CHECK(world.address("front", kWeb, "host.containers.internal") == "10.89.0.1");
    CHECK(world.address("front", kWeb, "app.localhost") == "127.0.0.1");
}

TEST_CASE("a name without an address of the family has no data; a name that nobody has does not exist") {
    const World world;
    const std::string no_data = world.ask("front", kWeb, "db.dns.podman", 28).answer;
    CHECK(rcode_of(no_data) == 0);
    CHECK(answers_of(no_data) == 0);
    CHECK(authorities_of(no_data) == 1);
    CHECK(world.rcode("front", kWeb, "db", 16) == 0);
    CHECK(world.rcode("front", kWeb, "host.containers.internal", 28) == 0);
    CHECK(world.rcode("front", kWeb, "nosuch") == 3);
    CHECK(world.rcode("front", kWeb, "nosuch.dns.podman") == 3);
    CHECK(authorities_of(world.ask("front", kWeb, "nosuch.dns.podman", 1).answer) == 1);
    CHECK(world.rcode("front", kWeb, "web.web") == kForwarded);
    CHECK(answers_of(world.ask("front", kWeb, "dns.podman", 6).answer) == 1);
}

TEST_CASE("addresses backwards, of the network's subnets only") {
    const World world;
    const std::string answer = world.ask("front", kWeb, "3.0.89.10.in-addr.arpa", 12).answer;
    CHECK(answers_of(answer) == 1);
    CHECK(answer.ends_with(*name_from_text("db.dns.podman")));
    CHECK(world.rcode("front", kWeb, "77.0.89.10.in-addr.arpa", 12) == 3);
    CHECK(world.rcode("front", kWeb, "3.1.89.10.in-addr.arpa", 12) == kForwarded);
    CHECK(world.ask("front", "10.89.0.3", "4.1.89.10.in-addr.arpa", 12).answer.ends_with(*name_from_text("store.dns.podman")));
}

TEST_CASE("networks are apart, but for who is on both") {
    const World world;
    CHECK(world.rcode("front", kWeb, "store") == 3);
    CHECK(world.rcode("back", "10.89.1.4", "web") == 3);
    CHECK(world.address("front", "10.89.0.3", "store") == "10.89.1.4");
    CHECK(world.address("front", "10.89.0.3", "db") == "10.89.0.3");
    CHECK(world.address("back", "10.89.1.3", "db") == "10.89.1.3");
    CHECK(world.address("back", "10.89.1.3", "web") == "10.89.0.2");
    CHECK(world.address("back", "10.89.1.4", "db") == "10.89.1.3");
}

TEST_CASE("whoever left a network does not see it any more, whatever the other's records still say") {
    World world;
    Records without = back();
    without.members.erase(without.members.begin());
    world.views["back"] = View{without};
    CHECK(world.rcode("front", "10.89.0.3", "store") == 3);
    CHECK(world.rcode("front", "10.89.0.3", "4.1.89.10.in-addr.arpa", 12) == kForwarded);
}

TEST_CASE("strangers and other classes are refused") {
    const World world;
    CHECK(world.rcode("front", "192.0.2.7", "web") == 5);
    CHECK(world.rcode("front", "10.89.1.4", "web") == 5);
    CHECK(world.rcode("front", "127.0.0.1", "db") == 0);
    CHECK(world.rcode("back", "127.0.0.1", "www.example.com") == 3);
    CHECK(world.rcode("front", kWeb, "version.bind", 16, 3) == 5);
    CHECK(world.rcode("front", kWeb, "dns.podman", 252) == 5);
}

TEST_CASE("what goes on, and to whom") {
    const World world;
    CHECK(world.rcode("front", kWeb, "www.example.com") == kForwarded);
    CHECK(world.ask("front", kWeb, "www.example.com", 1).servers.empty());
    const auto own = world.ask("front", "10.89.0.3", "www.example.com", 1).servers;
    REQUIRE(own.size() == 1);
    CHECK(own[0].address.text() == "192.0.2.9");
    CHECK(world.rcode("front", kWeb, ".", 2) == kForwarded);
    CHECK(world.rcode("front", kWeb, "com", 43) == kForwarded);
    CHECK(world.rcode("front", kWeb, "com", 1) == 3);
    CHECK(world.rcode("front", kWeb, "com", 15) == 3);
    CHECK(world.rcode("back", "10.89.1.4", "www.example.com") == 3);
    CHECK(world.rcode("back", "10.89.1.3", "www.example.com") == kForwarded);
    CHECK(world.rcode("back", "10.89.1.99", "www.example.com") == 3);
}

TEST_CASE("a member's name below a search domain, of a family that it has no address of, is asked nowhere") {
    World world;
    Records records = front();
    records.members[0].searches = {"Corp.Example", ".", "b.example."};
    world.views["front"] = View{records};
    CHECK(world.rcode("front", kWeb, "db.corp.example", 28) == 0);
    CHECK(world.rcode("front", kWeb, "DB.b.example", 28) == 0);
    CHECK(world.rcode("front", kWeb, "db.corp.example") == kForwarded);       // the search would have ended before: it is meant
    CHECK(world.rcode("front", kWeb, "web.corp.example", 28) == kForwarded);
    CHECK(world.rcode("front", kWeb, "other.corp.example", 28) == kForwarded);
    CHECK(world.rcode("front", kWeb, "db.corp.example", 15) == kForwarded);
    CHECK(world.rcode("front", kWeb, "corp.example", 28) == kForwarded);
    CHECK(world.rcode("front", "10.89.0.3", "db.corp.example", 28) == kForwarded);  // not his domain
}
