#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "network/ports.h"
#include "util/error.h"
#include "util/random.h"

using namespace skiff;
using namespace skiff::network;

namespace {

class Fixture {
public:
    Fixture() : path_{std::filesystem::temp_directory_path() / ("skiff-ports-" + random_hex(12))}, db_{path_, state::Database::Access::ReadWrite} {
        state::migrate(db_);
        for (const auto& [id, name] : {std::pair{first, "web"}, std::pair{second, "api"}}) {
            db_.prepare("INSERT INTO container (id, config, created_at) VALUES (?, '{}', 1)").bind(id).run();
            db_.prepare("INSERT INTO name (name, container_id) VALUES (?, ?)").bind(name).bind(id).run();
        }
    }
    ~Fixture() {
        for (const auto* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_.string() + suffix);
    }
    const state::Database& db() const { return db_; }

    const std::string first = std::string(64, 'a');
    const std::string second = std::string(64, 'b');

private:
    std::filesystem::path path_;
    state::Database db_;
};

}  // namespace

TEST_CASE("published ports come back as they were written") {
    const Fixture fixture;
    const auto ports = published_ports({parse_publish("8000-8002:80-82"), parse_publish("[::1]:53:53/udp")}, IpAddress::parse("10.88.0.2"), std::nullopt);
    REQUIRE(ports.size() == 4);
    CHECK(ports[2].host_port == 8002);
    CHECK(ports[2].container_port == 82);
    write_published(fixture.db(), fixture.first, ports);
    auto found = published_by(fixture.db(), fixture.first);
    std::sort(found.begin(), found.end());
    auto expected = ports;
    std::sort(expected.begin(), expected.end());
    CHECK(found == expected);
    CHECK(all_published(fixture.db()).size() == 4);
    forget_published(fixture.db(), fixture.first);
    CHECK(all_published(fixture.db()).empty());
}

TEST_CASE("one port, one container; the other one's name is told and nothing is written") {
    const Fixture fixture;
    const auto ports = published_ports({parse_publish("8080:80")}, IpAddress::parse("10.88.0.2"), std::nullopt);
    write_published(fixture.db(), fixture.first, ports);
    auto wanted = published_ports({parse_publish("8081:80"), parse_publish("8080:80")}, IpAddress::parse("10.88.0.3"), std::nullopt);
    const auto write_both = [&] {
        state::Transaction transaction{fixture.db()};
        write_published(fixture.db(), fixture.second, wanted);
        transaction.commit();
    };
    CHECK_THROWS_WITH(write_both(), "publishing 0.0.0.0:8080/tcp: the port is published by container \"web\"");
    CHECK(all_published(fixture.db()).size() == 1);
    wanted[1].protocol = Protocol::Udp;
    CHECK_NOTHROW(write_both());
}

TEST_CASE("a container's ports go with its row") {
    const Fixture fixture;
    write_published(fixture.db(), fixture.first, published_ports({parse_publish("8080:80")}, IpAddress::parse("10.88.0.2"), std::nullopt));
    fixture.db().prepare("DELETE FROM container WHERE id = ?").bind(fixture.first).run();
    CHECK(all_published(fixture.db()).empty());
}
