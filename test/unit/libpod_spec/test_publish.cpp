#include <doctest/doctest.h>

#include "libpod/container_config.h"
#include "libpod/parse/publish.h"
#include "util/error.h"
#include "util/json.h"

using namespace skiff;
using namespace skiff::libpod;

namespace {

std::vector<std::string> shown(const std::vector<network::PortMapping>& ports) {
    std::vector<std::string> out;
    for (const auto& port : ports) out.push_back(network::ports_column({port}, {}));
    return out;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("-P publishes what is exposed and not published yet, each at a port of its own") {
    const auto options = parse_publish_flags({{"8080:80"}, {"443", "9000-9001/udp"}, true});
    const auto exposed = exposed_by(options, {"80/tcp", "53/udp"});
    CHECK(exposed == Words{"443/tcp", "53/udp", "80/tcp", "9000-9001/udp"});
    CHECK(shown(ports_of(options, exposed)) ==
          Words{"0.0.0.0:8080->80/tcp", "0.0.0.0:0->443/tcp", "0.0.0.0:0->53/udp", "0.0.0.0:0->9000/udp", "0.0.0.0:0->9001/udp"});
}

TEST_CASE("--expose alone publishes nothing") {
    const auto options = parse_publish_flags({{}, {"443"}, false});
    CHECK(ports_of(options, exposed_by(options, {"80/tcp"})).empty());
    CHECK(exposed_by(options, {"443/tcp"}) == Words{"443/tcp"});
}

TEST_CASE("bad values are refused by name") {
    CHECK_THROWS_AS(parse_publish_flags({{"x"}, {}, false}), Error);
    CHECK_THROWS_AS(parse_publish_flags({{}, {"x"}, false}), Error);
    CHECK_THROWS_AS(parse_publish_flags({{"80:80", "80:81"}, {}, false}), Error);
}

TEST_CASE("a container's ports survive their storage") {
    ContainerConfig config;
    config.ports = parse_publish_flags({{"127.0.0.1:8000-8002:80-82/udp", "[::1]:53:53/sctp"}, {}, false}).ports;
    const auto stored = to_json(config);
    CHECK(read_config(dump(stored)).ports == config.ports);
    CHECK(stored.at("ports").at(0).at("host_ip") == "127.0.0.1");
    CHECK_THROWS_AS(read_config(R"({"ports": [{"protocol": "icmp"}]})"), Error);
}
