#pragma once
/// One network as the responder looks things up in it: its records, with names and addresses in order.

#include <optional>

#include "network/dns/address.h"
#include "network/dns/name.h"
#include "network/dns/records.h"

namespace skiff::network::dns {

class View {
public:
    View() = default;
    /// Names and addresses that are none are left out.
    explicit View(const Records& records);

    struct MemberView {
        std::string id;
        Name canonical;  ///< its first name below dns.podman, for looking backwards; empty when it has none
        std::vector<IpAddress> addresses;
        std::vector<Upstream> servers;
        std::vector<std::string> also;
        std::vector<Name> searches;  ///< lower case
        bool outside = false;
    };

    bool has_members() const { return !members_.empty(); }
    const std::string& bridge() const { return bridge_; }
    const std::vector<IpAddress>& listen() const { return listen_; }
    const std::vector<Upstream>& servers() const { return servers_; }
    const std::vector<IpAddress>& host_addresses() const { return host_addresses_; }
    bool is_internal() const { return internal_; }
    std::uint16_t port() const { return port_; }  ///< 0: 53, where that is free

    bool owns(const IpAddress& address) const;  ///< within its subnets
    const MemberView* member_at(const IpAddress& address) const;
    bool has_member(const std::string& id) const;
    bool has_name(const Name& name) const;
    /// Addresses of all members called `name` (lower case, without the domain).
    std::vector<IpAddress> addresses_of(const Name& name) const;

private:
    struct NameEntry {
        Name name;
        std::uint32_t member = 0;
        auto operator<=>(const NameEntry&) const = default;
    };
    struct AddressEntry {
        IpAddress address;
        std::uint32_t member = 0;
        auto operator<=>(const AddressEntry&) const = default;
    };
    void add(const Member& member);

    std::string bridge_;
    std::vector<IpAddress> listen_;
    std::vector<IpPrefix> subnets_;
    std::vector<Upstream> servers_;
    std::vector<IpAddress> host_addresses_;
    bool internal_ = false;
    std::uint16_t port_ = 0;
    std::vector<MemberView> members_;
    std::vector<NameEntry> names_;          ///< sorted
    std::vector<AddressEntry> addresses_;   ///< sorted
};

}  // namespace skiff::network::dns
