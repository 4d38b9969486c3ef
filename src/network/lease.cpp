#include "network/lease.h"

#include <cerrno>

#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::network {
namespace {

/// The leases of one subnet, within the caller's transaction.
class SubnetLeases {
public:
    SubnetLeases(const state::Database& db, const NetworkConfig& network, const Subnet& subnet, const std::string& container_id)
        : db_{db}, network_{network}, subnet_{subnet}, container_id_{container_id} {}

    IpPrefix take(const IpAddress& wanted) {
        refuse_unusable(wanted);
        const auto holder = holder_of(wanted);
        if (holder && *holder != container_id_) {
            throw Error{ErrorKind::InUse, concat("IP address ", quote(wanted.text()), " of network ", quote(network_.name),
                                                 " is already allocated to container ", holder->substr(0, 12))};
        }
        if (!holder) insert(wanted);
        return {wanted, subnet_.prefix.length};
    }

    IpPrefix take_next() {
        const IpAddress first = first_dynamic();
        const IpAddress last = last_dynamic();
        IpAddress candidate = after_cursor(first, last);
        const IpAddress begin = candidate;
        do {
            if (is_free(candidate)) {
                insert(candidate);
                move_cursor(candidate);
                return {candidate, subnet_.prefix.length};
            }
            candidate = candidate < last ? candidate.plus(1) : first;
        } while (candidate != begin);
        throw Error{ErrorKind::InUse, concat("no free address is left in subnet ", subnet_.prefix.text(), " of network ", quote(network_.name)),
                    "stop containers, or make a network with a larger subnet"};
    }

private:
    /// The subnet's own address is no host's (RFC 4291 has it the routers' anycast); nor is an IPv4 broadcast address.
    bool is_reserved(const IpAddress& address) const {
        const auto& prefix = subnet_.prefix;
        const bool small = prefix.length + 1 >= prefix.address.bits();  // /31, /32, /127, /128 have only hosts
        if (!small && address == prefix.first()) return true;
        if (!small && address.is_v4() && address == prefix.last()) return true;
        return subnet_.gateway && address == *subnet_.gateway;
    }

    void refuse_unusable(const IpAddress& wanted) const {
        if (subnet_.gateway && wanted == *subnet_.gateway) {
            throw Error{ErrorKind::Invalid, concat("IP address ", quote(wanted.text()), " is the gateway of network ", quote(network_.name))};
        }
        if (is_reserved(wanted)) {
            throw Error{ErrorKind::Invalid, concat("IP address ", quote(wanted.text()), " is no host's address in subnet ", subnet_.prefix.text())};
        }
    }

    IpAddress first_dynamic() const { return subnet_.range_first.value_or(subnet_.prefix.first()); }
    IpAddress last_dynamic() const { return subnet_.range_last.value_or(subnet_.prefix.last()); }

    IpAddress after_cursor(const IpAddress& first, const IpAddress& last) const {
        auto cursor = db_.prepare("SELECT address FROM lease_cursor WHERE network_id = ? AND subnet = ?");
        cursor.bind(network_.id).bind(subnet_.prefix.text());
        if (!cursor.step()) return first;
        const auto latest = IpAddress::parse(cursor.text(0));
        return latest && *latest >= first && *latest < last ? latest->plus(1) : first;
    }

    void move_cursor(const IpAddress& address) const {
        db_.prepare("INSERT INTO lease_cursor (network_id, subnet, address) VALUES (?,?,?) ON CONFLICT (network_id, subnet) "
                    "DO UPDATE SET address = excluded.address")
            .bind(network_.id)
            .bind(subnet_.prefix.text())
            .bind(address.text())
            .run();
    }

    std::optional<std::string> holder_of(const IpAddress& address) {
        holder_.reset();
        holder_.bind(network_.id).bind(address.text());
        return holder_.step() ? std::optional{holder_.text(0)} : std::nullopt;
    }

    bool is_wanted(const IpAddress& address) {
        wanted_.reset();
        return wanted_.bind(network_.id).bind(address.text()).step();
    }

    bool is_free(const IpAddress& address) { return !is_reserved(address) && !holder_of(address) && !is_wanted(address); }

    void insert(const IpAddress& address) const {
        db_.prepare("INSERT INTO lease (network_id, address, container_id, leased_at) VALUES (?,?,?,?)")
            .bind(network_.id)
            .bind(address.text())
            .bind(container_id_)
            .bind(now_nanos())
            .run();
    }

    const state::Database& db_;
    const NetworkConfig& network_;
    const Subnet& subnet_;
    const std::string& container_id_;
    state::Statement holder_ = db_.prepare("SELECT container_id FROM lease WHERE network_id = ? AND address = ?");
    state::Statement wanted_ = db_.prepare("SELECT 1 FROM attachment WHERE network_id = ?1 AND ?2 IN (static_ip, static_ip6)");
};

const std::optional<IpAddress>& wanted_of(const AttachmentConfig& config, Family family) {
    return family == Family::V4 ? config.ip : config.ip6;
}

}  // namespace

void require_in_a_subnet(const NetworkConfig& network, const IpAddress& address) {
    for (const auto& subnet : network.subnets) {
        if (subnet.prefix.contains(address)) return;
    }
    throw Error{ErrorKind::Invalid, concat("requested IP address ", quote(address.text()), " is in no subnet of network ", quote(network.name))};
}

std::vector<IpPrefix> lease_addresses(const state::Database& db, const NetworkConfig& network, const AttachmentRow& attachment) {
    std::vector<IpPrefix> leased;
    for (const auto* wanted : {&attachment.config.ip, &attachment.config.ip6}) {
        if (*wanted) require_in_a_subnet(network, **wanted);
    }
    for (const auto& subnet : network.subnets) {
        SubnetLeases leases{db, network, subnet, attachment.container_id};
        const auto& wanted = wanted_of(attachment.config, subnet.prefix.address.family());
        const bool here = wanted && subnet.prefix.contains(*wanted);
        leased.push_back(here ? leases.take(*wanted) : leases.take_next());
    }
    return leased;
}

void release_leases(const state::Database& db, std::string_view container_id, std::string_view network_id) {
    db.prepare("DELETE FROM lease WHERE container_id = ? AND network_id = ?").bind(container_id).bind(network_id).run();
}

}  // namespace skiff::network
