#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "network/dns/host_servers.h"

using namespace skiff::network::dns;

namespace {

struct Files {
    Files() {
        char name[] = "/tmp/skiff-dns-XXXXXX";
        directory = ::mkdtemp(name);
    }
    ~Files() { std::filesystem::remove_all(directory); }
    std::filesystem::path write(const char* name, const char* text) const {
        std::ofstream{directory / name} << text;
        return directory / name;
    }
    std::filesystem::path directory;
};

std::string texts(const std::vector<Upstream>& servers) {
    std::string out;
    for (const auto& server : servers) out += server.address.text() + " ";
    return out;
}

}  // namespace

TEST_CASE("nameserver lines, as the C library takes them") {
    CHECK(texts(parse_nameservers("# nameserver 1.1.1.1\n  nameserver\t10.0.0.1 \nnameserver 10.0.0.2#x\nnameserver 10.0.0.3;y\nnameserver fd00::1\n")) ==
          "10.0.0.1 10.0.0.2 10.0.0.3 fd00::1 ");
    CHECK(texts(parse_nameservers("nameservers 10.0.0.1\nsearch nameserver\nnameserver\nnameserver x.example\nnameserver 10.0.0.300")).empty());
    std::string many;
    for (int i = 0; i < 20; ++i) many += "nameserver 10.0.0." + std::to_string(i) + "\n";
    CHECK(parse_nameservers(many).size() == kMaxServers);
    const auto local = parse_nameservers("nameserver fe80::1%lo\nnameserver fe80::1%nosuchlink\n");
    REQUIRE(local.size() == 1);
    CHECK(local[0].scope != 0);
}

TEST_CASE("loopback servers give way to systemd-resolved's own") {
    const Files files;
    const auto stub = files.write("stub", "nameserver 127.0.0.53\n");
    const auto behind = files.write("behind", "nameserver 192.0.2.1\nnameserver 127.0.0.1\n");
    CHECK(texts(HostServers{stub, behind}.current()) == "192.0.2.1 ");
    CHECK(texts(HostServers{stub, files.directory / "nosuch"}.current()) == "127.0.0.53 ");
    CHECK(texts(HostServers{files.write("mixed", "nameserver 127.0.0.53\nnameserver 192.0.2.7\n"), behind}.current()) == "127.0.0.53 192.0.2.7 ");
    CHECK(texts(HostServers{files.directory / "none", files.directory / "nosuch"}.current()) == "127.0.0.1 ");
}

TEST_CASE("changes are followed, however they are made") {
    const Files files;
    const auto path = files.write("resolv.conf", "nameserver 192.0.2.1\n");
    HostServers servers{path, files.directory / "nosuch"};
    CHECK(texts(servers.current()) == "192.0.2.1 ");
    files.write("resolv.conf", "nameserver 192.0.2.22\n");  // in place
    CHECK(texts(servers.current()) == "192.0.2.22 ");
    std::filesystem::rename(files.write("new", "nameserver 192.0.2.33\n"), path);  // over it
    CHECK(texts(servers.current()) == "192.0.2.33 ");
    std::filesystem::remove(path);
    std::filesystem::create_symlink(files.write("target", "nameserver 192.0.2.44\n"), path);  // a link instead
    CHECK(texts(servers.current()) == "192.0.2.44 ");
    files.write("target", "nameserver 192.0.2.5\n");  // what it leads to
    CHECK(texts(servers.current()) == "192.0.2.5 ");
    std::filesystem::remove(path);
    CHECK(texts(servers.current()) == "127.0.0.1 ");
}
