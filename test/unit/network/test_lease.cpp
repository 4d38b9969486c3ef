#include <doctest/doctest.h>

#include <filesystem>

#include "network/lease.h"
#include "network/store.h"
#include "state/database.h"
#include "util/error.h"

using namespace skiff;
using namespace skiff::network;

namespace {

/// A database with a network "n" and containers that are on it.
class Fixture {
public:
    Fixture() : path_{std::filesystem::temp_directory_path() / ("skiff-lease-" + std::to_string(::getpid()))} {
        std::filesystem::remove_all(path_);
        std::filesystem::create_directory(path_);
        db_.emplace(path_ / "skiff.db", state::Database::Access::ReadWrite);
        state::migrate(*db_);
        network_.id = std::string(64, 'a');
        network_.name = "n";
        network_.interface = "br";
    }
    ~Fixture() {
        db_.reset();
        std::filesystem::remove_all(path_);
    }
    void with_subnet(const char* prefix) {
        const auto subnet = *IpPrefix::parse(prefix);
        network_.subnets.push_back({subnet, subnet.first().plus(1), std::nullopt, std::nullopt});
    }
    void store() { insert_network(*db_, network_); }
    AttachmentRow attach(char letter, AttachmentConfig config = {}) {
        const std::string id(64, letter);
        db_->prepare("INSERT INTO container (id, config, created_at) VALUES (?, '{}', 0)").bind(id).run();
        AttachmentRow row{id, network_.id, 0, std::move(config), std::nullopt};
        insert_attachment(*db_, row);
        return row;
    }
    std::string lease(const AttachmentRow& row) {
        std::string out;
        for (const auto& prefix : lease_addresses(*db_, network_, row)) out += (out.empty() ? "" : " ") + prefix.text();
        return out;
    }
    void release(const AttachmentRow& row) { release_leases(*db_, row.container_id, row.network_id); }

    NetworkConfig network_;
    std::optional<state::Database> db_;

private:
    std::filesystem::path path_;
};

}  // namespace

TEST_CASE("addresses go round: what was freed is the last to come back") {
    Fixture f;
    f.with_subnet("10.1.0.0/29");
    f.store();
    const auto one = f.attach('1');
    for (const auto* wanted : {"10.1.0.2/29", "10.1.0.3/29", "10.1.0.4/29", "10.1.0.5/29", "10.1.0.6/29", "10.1.0.2/29"}) {
        CHECK(f.lease(one) == wanted);
        f.release(one);
    }
}

TEST_CASE("no address twice, none that is reserved, and an end") {
    Fixture f;
    f.with_subnet("10.1.0.0/29");
    f.store();
    AttachmentConfig fixed;
    fixed.ip = IpAddress::parse("10.1.0.3");
    const auto stopped = f.attach('9', fixed);  // leased by nobody, but wanted at its next start
    CHECK(f.lease(f.attach('1')) == "10.1.0.2/29");
    CHECK(f.lease(f.attach('2')) == "10.1.0.4/29");
    CHECK(f.lease(f.attach('3')) == "10.1.0.5/29");
    CHECK(f.lease(f.attach('4')) == "10.1.0.6/29");
    CHECK_THROWS_AS(f.lease(f.attach('5')), Error);
    CHECK(f.lease(stopped) == "10.1.0.3/29");
    CHECK_THROWS_AS(f.lease(f.attach('6', fixed)), Error);
}

TEST_CASE("static addresses are checked") {
    Fixture f;
    f.with_subnet("10.1.0.0/24");
    f.store();
    char letter = 'b';
    for (const auto* wrong : {"10.1.0.0", "10.1.0.255", "10.1.0.1", "10.2.0.5"}) {
        AttachmentConfig config;
        config.ip = IpAddress::parse(wrong);
        CHECK_THROWS_AS(f.lease(f.attach(letter++, config)), Error);
    }
}

TEST_CASE("ranges bound what is handed out, and each family has its own") {
    Fixture f;
    f.with_subnet("10.1.0.0/24");
    f.with_subnet("fd00:1::/64");
    f.network_.subnets[0].range_first = IpAddress::parse("10.1.0.128");
    f.network_.subnets[0].range_last = IpAddress::parse("10.1.0.129");
    f.store();
    CHECK(f.lease(f.attach('1')) == "10.1.0.128/24 fd00:1::2/64");
    CHECK(f.lease(f.attach('2')) == "10.1.0.129/24 fd00:1::3/64");
    CHECK_THROWS_AS(f.lease(f.attach('3')), Error);
}

TEST_CASE("a network and an endpoint are read as they were written") {
    Fixture f;
    f.with_subnet("10.1.0.0/24");
    f.network_.routes.push_back({*IpPrefix::parse("10.9.0.0/16"), *IpAddress::parse("10.1.0.9"), 7});
    f.network_.labels = {{"a", "b"}};
    f.network_.options = {{"mtu", "1400"}};
    f.network_.mtu = 1400;
    f.network_.isolate = Isolation::Strict;
    f.network_.dns_servers = {"9.9.9.9"};
    f.store();
    CHECK(find_network(*f.db_, "n") == f.network_);
    CHECK(find_network(*f.db_, "aaaa") == f.network_);
    CHECK_THROWS_AS(find_network(*f.db_, "b"), Error);
    CHECK_THROWS_AS(insert_network(*f.db_, [&] { auto other = f.network_; other.id = std::string(64, 'b'); return other; }()), Error);
    const auto row = f.attach('1');
    Endpoint endpoint{f.network_.id, row.container_id, 3, "skx", "eth3", MacAddress::random(), {*IpPrefix::parse("10.1.0.2/24")}, {*IpAddress::parse("10.1.0.1")}, {"web", "w"}, false};
    set_endpoint(*f.db_, endpoint);
    CHECK(attachments_of(*f.db_, row.container_id).front().endpoint == endpoint);
    clear_endpoint(*f.db_, row.container_id, f.network_.id);
    CHECK_FALSE(members_of(*f.db_, f.network_.id).front().endpoint);
}
