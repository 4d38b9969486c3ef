#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <string>
#include <thread>

#include "image/registry/plain_http.h"
#include "image/registry/url.h"
#include "util/fd.h"

using namespace skiff;
using namespace skiff::image::registry;
using namespace std::chrono_literals;

namespace {

/// Takes one connection on loopback, reads what comes, answers, and keeps the connection until the end.
class Server {
public:
    explicit Server(std::string answer) : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}, answer_{std::move(answer)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(listener_.get(), generic, size) == 0);
        REQUIRE(::listen(listener_.get(), 1) == 0);
        REQUIRE(::getsockname(listener_.get(), generic, &size) == 0);
        port_ = std::to_string(::ntohs(address.sin_port));
        thread_ = std::thread{[this] { serve(); }};
    }
    ~Server() { thread_.join(); }
    const std::string& port() const { return port_; }
    const std::string& asked() const { return asked_; }

private:
    void serve() {
        const UniqueFd client{::accept(listener_.get(), nullptr, nullptr)};
        std::array<char, 256> buffer{};
        const auto got = ::recv(client.get(), buffer.data(), buffer.size(), 0);
        asked_.assign(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (!answer_.empty()) ::send(client.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
        while (::recv(client.get(), buffer.data(), buffer.size(), 0) > 0) {}  // until the other side has had enough
    }

    UniqueFd listener_;
    std::string answer_;
    std::string port_;
    std::string asked_;
    std::thread thread_;
};

bool plain(const std::string& answer) {
    const Server server{answer};
    return answers_in_plain("127.0.0.1", server.port(), 300ms);
}

}  // namespace

TEST_CASE("a server that answers a TLS handshake with HTTP speaks plain text") {
    CHECK(plain("HTTP/1.1 400 Bad Request\r\n\r\n"));
    CHECK(plain("HTTP/1.0 400 Bad Request\r\n\r\n"));
}

TEST_CASE("what is no HTTP answer leaves the question to a true handshake") {
    CHECK_FALSE(plain(std::string{"\x15\x03\x01\x00\x02\x02\x28", 7}));  // an alert
    CHECK_FALSE(plain(std::string{"\x16\x03\x03\x00\x31\x02", 6}));      // ServerHello
    CHECK_FALSE(plain("HTT"));
    CHECK_FALSE(plain(""));  // silence
    CHECK_FALSE(answers_in_plain("127.0.0.1", "1", 300ms));  // nobody
    CHECK_FALSE(answers_in_plain("no-such-host.invalid", "5000", 300ms));
}

TEST_CASE("the question is a whole ClientHello, and ends lines") {
    std::string asked;
    {
        const Server server{"HTTP/1.1 400 Bad Request\r\n\r\n"};
        CHECK(answers_in_plain("127.0.0.1", server.port(), 300ms));
        asked = server.asked();
    }
    REQUIRE(asked.size() == 66);
    CHECK(asked.substr(0, 3) == "\x16\x03\x01");
    CHECK(static_cast<unsigned char>(asked[4]) == asked.size() - 5);  // record
    CHECK(static_cast<unsigned char>(asked[8]) == asked.size() - 9);  // handshake
    CHECK(asked.find("\r\n\r\n") != std::string::npos);
}

TEST_CASE("the head of an answer") {
    const auto head = parse_response_head("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDocker-Content-Digest:sha256:ab\r\nWarning: 299 - \"a: b\"\r\nWarning: 299 - \"c\"");
    REQUIRE(head);
    CHECK(head->status == 200);
    CHECK(head->header("docker-content-digest") == "sha256:ab");
    CHECK(head->headers.at("warning").size() == 2);
    CHECK(parse_response_head("HTTP/1.0 404 Not Found")->status == 404);
    for (const char* odd : {"", "HTTP/1.1", "HTTP/2 200", "HTTP/1.1 20 OK", "HTTP/1.1 200 OK\r\nno colon", "HTTP/1.1 200 OK\r\n folded: x", "HTTP/1.1 200 OK\r\nspace : x", "ICY 200 OK"})
        CHECK_FALSE(parse_response_head(odd));
}

TEST_CASE("HEAD without libcurl: a plain 200 or nothing") {
    const auto ask = [](const std::string& answer) {
        const Server server{answer};
        return plain_head(Url::parse("http://127.0.0.1:" + server.port() + "/v2/a/manifests/b"), {"Accept: x"}, 300ms);
    };
    const auto good = ask("HTTP/1.1 200 OK\r\nDocker-Content-Digest: sha256:ab\r\n\r\n");
    REQUIRE(good);
    CHECK(good->header("docker-content-digest") == "sha256:ab");
    CHECK_FALSE(ask("HTTP/1.1 401 Unauthorized\r\n\r\n"));
    CHECK_FALSE(ask("HTTP/1.1 307 Temporary Redirect\r\nLocation: /x\r\n\r\n"));
    CHECK_FALSE(ask("HTTP/1.1 200 OK\r\nDocker-Content-Digest: sha256:ab\r\n"));  // no end
    CHECK_FALSE(ask("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x')));
    CHECK_FALSE(ask(""));
    CHECK_FALSE(plain_head(Url::parse("http://127.0.0.1:1/"), {}, 300ms));
}
