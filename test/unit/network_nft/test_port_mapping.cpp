#include <doctest/doctest.h>

#include "network/port_mapping.h"
#include "util/error.h"

using namespace skiff;
using namespace skiff::network;

namespace {

std::string shown(const PortMapping& m) {
    return m.host_ip + "|" + std::to_string(m.host_port) + "|" + std::to_string(m.container_port) + "|" + std::to_string(m.range) + "|" +
           std::string{protocol_name(m.protocol)};
}

std::string refusal(std::string_view value) {
    try {
        return "accepted as " + shown(parse_publish(value));
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Invalid);
        return error.what();
    }
}

}  // namespace

TEST_CASE("--publish: what podman takes") {
    CHECK(shown(parse_publish("80")) == "|0|80|1|tcp");
    CHECK(shown(parse_publish("8080:80")) == "|8080|80|1|tcp");
    CHECK(shown(parse_publish("8080:80/udp")) == "|8080|80|1|udp");
    CHECK(shown(parse_publish("8080:80/SCTP")) == "|8080|80|1|sctp");
    CHECK(shown(parse_publish("127.0.0.1:8080:80")) == "127.0.0.1|8080|80|1|tcp");
    CHECK(shown(parse_publish("127.0.0.1::80")) == "127.0.0.1|0|80|1|tcp");
    CHECK(shown(parse_publish(":8080:80")) == "|8080|80|1|tcp");
    CHECK(shown(parse_publish("0:80")) == "|0|80|1|tcp");
    CHECK(shown(parse_publish("[::1]:8080:80")) == "::1|8080|80|1|tcp");
    CHECK(shown(parse_publish("[2001:DB8::0:1]::80/udp")) == "2001:db8::1|0|80|1|udp");
    CHECK(shown(parse_publish("8000-8010:9000-9010")) == "|8000|9000|11|tcp");
    CHECK(shown(parse_publish("9000-9010")) == "|0|9000|11|tcp");
    CHECK(shown(parse_publish("1-65535:1-65535")) == "|1|1|65535|tcp");
}

TEST_CASE("--publish: one line says what is wrong") {
    CHECK(refusal("") == "--publish \"\": \"\" is no port");
    CHECK(refusal("http") == "--publish \"http\": \"http\" is no port");
    CHECK(refusal("0") == "--publish \"0\": \"0\" is no port");
    CHECK(refusal("65536:80") == "--publish \"65536:80\": \"65536\" is no port");
    CHECK(refusal("80:") == "--publish \"80:\": \"\" is no port");
    CHECK(refusal("8000-8010:80") == "--publish \"8000-8010:80\": the two ranges differ in length");
    CHECK(refusal("8010-8000:8000-8010") == "--publish \"8010-8000:8000-8010\": the range \"8010-8000\" ends before it begins");
    CHECK(refusal("80:80/icmp") == "--publish \"80:80/icmp\": \"icmp\" is no protocol");
    CHECK(refusal("300.1.1.1:80:80") == "--publish \"300.1.1.1:80:80\": \"300.1.1.1\" is no IP address");
    CHECK(refusal("::1:80:80").find("is no port") != std::string::npos);
    CHECK(refusal("[127.0.0.1]:80:80") == "--publish \"[127.0.0.1]:80:80\": an IPv6 address needs brackets, an IPv4 address has none");
    CHECK(refusal("[::1:80:80") == "--publish \"[::1:80:80\": the bracket is not closed by \"]:\"");
    CHECK(refusal("[]:80:80") == "--publish \"[]:80:80\": the brackets are empty");
    CHECK(refusal("[fe80::1%eth0]:80:80").find("is no IP address") != std::string::npos);
    CHECK(refusal("80\n:80") == "--publish \"80\\n:80\": \"80\\n\" is no port");
}

TEST_CASE("--expose") {
    CHECK(shown(parse_expose("--expose", "80")) == "|0|80|1|tcp");
    CHECK(shown(parse_expose("--expose", "8000-8002/udp")) == "|0|8000|3|udp");
    CHECK_THROWS_AS(parse_expose("--expose", "80:80"), Error);
    CHECK_THROWS_AS(parse_expose("--expose", "0"), Error);
}

TEST_CASE("the same port twice is one, two different ones cannot share a port of the host") {
    CHECK(normalized({parse_publish("8080:80"), parse_publish("8080:80")}).size() == 1);
    CHECK(normalized({parse_publish("8080:80"), parse_publish("8080:80/udp")}).size() == 2);
    CHECK(normalized({parse_publish("80"), parse_publish("80")}).size() == 1);
    CHECK(normalized({parse_publish("127.0.0.1:8080:80"), parse_publish("127.0.0.2:8080:81")}).size() == 2);
    CHECK_THROWS_WITH(normalized({parse_publish("8080:80"), parse_publish("8080:81")}), "--publish: the port 8080/tcp of the host is wanted twice");
    CHECK_THROWS_AS(normalized({parse_publish("8000-8010:8000-8010"), parse_publish("127.0.0.1:8005:80")}), Error);
}

TEST_CASE("the column of ps") {
    CHECK(ports_column({}, {}) == "");
    CHECK(ports_column({parse_publish("8080:80")}, {}) == "0.0.0.0:8080->80/tcp");
    CHECK(ports_column({parse_publish("8001:81"), parse_publish("8000:80"), parse_publish("127.0.0.1:53:53/udp")}, {}) ==
          "0.0.0.0:8000-8001->80-81/tcp, 127.0.0.1:53->53/udp");
    CHECK(ports_column({parse_publish("8080:80")}, {parse_expose("", "80"), parse_expose("", "443"), parse_expose("", "80/udp")}) ==
          "0.0.0.0:8080->80/tcp, 443/tcp, 80/udp");
}
