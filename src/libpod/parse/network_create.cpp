#include "libpod/parse/network_create.h"

#include <algorithm>

#include "libpod/parse/network_mode.h"
#include "libpod/parse/refuse.h"
#include "libpod/parse/values.h"
#include "network/link_name.h"
#include "network/subnet_choice.h"

namespace skiff::libpod {
namespace {

using network::Driver;
using network::IpAddress;
using network::IpPrefix;
using network::Isolation;
using network::NetworkConfig;
using network::Subnet;

constexpr std::uint64_t kSmallestMtu = 68;  // RFC 791
constexpr std::uint64_t kLargestMtu = 65535;

std::uint64_t number(std::string_view option, const std::string& value, std::uint64_t least, std::uint64_t most) {
    const auto parsed = parse_uint(value);
    if (!parsed || *parsed < least || *parsed > most) refuse(concat("--opt ", option), value, "is out of range", concat("a number from ", least, " to ", most));
    return *parsed;
}

IpAddress address(std::string_view flag, const std::string& text) {
    const auto parsed = IpAddress::parse(text);
    if (!parsed) refuse(flag, text, "is no address", "an IPv4 or IPv6 address");
    return *parsed;
}

IpPrefix prefix(std::string_view flag, const std::string& text) {
    const auto parsed = IpPrefix::parse(text);
    if (!parsed) refuse(flag, text, "is no subnet", "ADDRESS/PREFIX LENGTH");
    return *parsed;
}

Driver driver_of(const std::string& name) {
    for (const auto driver : {Driver::Bridge, Driver::Macvlan, Driver::Ipvlan}) {
        if (network::driver_name(driver) == name) return driver;
    }
    throw Error{ErrorKind::Invalid, concat("--driver ", quote(name), ": there is no such network driver"), "bridge, macvlan or ipvlan"};
}

/// One parse: the options' subjects, a function each.
class NetworkTranslation {
public:
    explicit NetworkTranslation(const NetworkCreateFlags& flags) : flags_{flags} {}

    NetworkConfig run() {
        out_.driver = driver_of(flags_.driver);
        out_.name = flags_.name;
        if (!out_.name.empty()) check_network_name();
        take_labels();
        take_options();
        take_interface();
        take_ipam();
        take_subnets();
        take_gateways();
        take_ranges();
        take_routes();
        take_names();
        out_.internal = flags_.internal;
        if (out_.internal && out_.driver != Driver::Bridge) {
            throw Error{ErrorKind::Unsupported, concat("--internal does not go with driver ", flags_.driver, ": its containers are on the parent's link")};
        }
        return std::move(out_);
    }

private:
    void check_network_name() const {
        check_name("network", out_.name);
        for (const auto* word : {"bridge", "host", "none", "private", "default", "container", "ns", "slirp4netns", "pasta"}) {
            if (out_.name == word) refuse("network name", out_.name, "conflicts with a valid network mode: it is a word of --network");
        }
    }

    void take_labels() { out_.labels = parse_labels({}, flags_.labels); }

    void take_options() {
        for (const auto& option : flags_.options) {
            const auto parts = split_once(option, '=');
            if (!parts || parts->second.empty()) refuse("--opt", option, "is malformed", "NAME=VALUE");
            out_.options[parts->first] = parts->second;
        }
        for (const auto& [name, value] : out_.options) {
            if (!take_common(name, value) && !(out_.driver == Driver::Bridge ? take_bridge(name, value) : take_link(name, value))) {
                refuse("--opt", name, concat("driver ", flags_.driver, " has no such option"),
                       out_.driver == Driver::Bridge ? "isolate, metric, mode, mtu, no_default_route, vlan or vrf" : "metric, mode, mtu, no_default_route or parent");
            }
        }
    }
    bool take_common(const std::string& name, const std::string& value) {
        if (name == "mtu" || name == "com.docker.network.driver.mtu") out_.mtu = static_cast<std::uint32_t>(number(name, value, kSmallestMtu, kLargestMtu));
        else if (name == "metric") out_.metric = static_cast<std::uint32_t>(number(name, value, 0, 0xffffffffU));
        else if (name == "no_default_route") out_.no_default_route = parse_bool("--opt no_default_route", value);
        else return false;
        return true;
    }
    bool take_bridge(const std::string& name, const std::string& value) {
        if (name == "vlan") out_.vlan = static_cast<std::uint16_t>(number(name, value, 1, 4094));
        else if (name == "vrf") out_.vrf = checked_link("--opt vrf", value);
        else if (name == "com.docker.network.bridge.name") out_.interface = checked_link("--opt com.docker.network.bridge.name", value);
        else if (name == "mode" && (value == "managed" || value == "unmanaged")) out_.mode = value;
        else if (name == "mode") refuse("--opt mode", value, "is no mode of a bridge", "managed or unmanaged");
        else if (name == "isolate") out_.isolate = value == "strict" ? Isolation::Strict : parse_bool("--opt isolate", value) ? Isolation::Yes : Isolation::No;
        else return false;
        return true;
    }
    bool take_link(const std::string& name, const std::string& value) {
        if (name == "parent") {
            out_.interface = checked_link("--opt parent", value);
            return true;
        }
        if (name != "mode") return false;
        const std::vector<std::string> macvlan{"bridge", "private", "vepa", "passthru"};
        const std::vector<std::string> ipvlan{"l2", "l3", "l3s"};
        const auto& modes = out_.driver == Driver::Macvlan ? macvlan : ipvlan;
        if (std::find(modes.begin(), modes.end(), value) == modes.end()) refuse("--opt mode", value, concat("is no mode of driver ", flags_.driver), join(modes, ", "));
        out_.mode = value;
        return true;
    }
    static std::string checked_link(std::string_view what, const std::string& name) {
        network::check_link_name(what, name);
        return name;
    }

    void take_interface() {
        if (flags_.interface_name.empty()) return;
        if (!out_.interface.empty() && out_.interface != flags_.interface_name) {
            refuse("--interface-name", flags_.interface_name, concat("contradicts the link ", quote(out_.interface), " of --opt"));
        }
        out_.interface = checked_link("--interface-name", flags_.interface_name);
    }

    void take_ipam() {
        const auto& driver = flags_.ipam_driver;
        if (driver == "dhcp") throw Error{ErrorKind::Unsupported, "--ipam-driver \"dhcp\" is not supported", "host-local or none"};
        if (!driver.empty() && driver != "host-local" && driver != "none" && driver != "default") refuse("--ipam-driver", driver, "is not known", "host-local or none");
        out_.ipam_driver = driver == "none" ? "none" : "host-local";
        if (out_.ipam_driver == "none" && !flags_.subnets.empty()) throw Error{ErrorKind::Invalid, "--subnet does not go with --ipam-driver none: containers get no addresses then"};
    }

    void take_subnets() {
        for (const auto& text : flags_.subnets) {
            const IpPrefix given = prefix("--subnet", text).subnet();
            if (given.address.is_multicast() || given.address.is_loopback()) refuse("--subnet", text, "is no subnet for hosts");
            if (given.length + 1 > given.address.bits()) refuse("--subnet", text, "has no room for a gateway and a container");
            for (const auto& other : out_.subnets) {
                if (other.prefix.overlaps(given)) refuse("--subnet", text, concat("overlaps ", other.prefix.text()));
            }
            out_.subnets.push_back({given, std::nullopt, std::nullopt, std::nullopt});
            out_.ipv6 = out_.ipv6 || !given.address.is_v4();
        }
        out_.ipv6 = out_.ipv6 || flags_.ipv6;
    }

    Subnet& subnet_with(std::string_view flag, const IpAddress& address) {
        if (out_.subnets.empty()) throw Error{ErrorKind::Invalid, concat(flag, " needs --subnet")};
        for (auto& subnet : out_.subnets) {
            if (subnet.prefix.contains(address)) return subnet;
        }
        refuse(flag, address.text(), "is in none of the subnets");
    }

    void take_gateways() {
        for (const auto& text : flags_.gateways) {
            const IpAddress gateway = address("--gateway", text);
            Subnet& subnet = subnet_with("--gateway", gateway);
            if (subnet.gateway) refuse("--gateway", text, concat("subnet ", subnet.prefix.text(), " has one already"));
            const bool broadcast = gateway.is_v4() && subnet.prefix.length < 31 && gateway == subnet.prefix.last();
            if (broadcast || gateway == subnet.prefix.first()) refuse("--gateway", text, "is no host's address");
            subnet.gateway = gateway;
        }
        for (auto& subnet : out_.subnets) {
            if (!subnet.gateway) subnet.gateway = network::first_host(subnet.prefix);
        }
    }

    /// podman shows a range as beginning behind the prefix's own address.
    static IpAddress first_of(const IpPrefix& range) { return range.length == range.address.bits() ? range.first() : network::first_host(range); }

    /// A prefix, or FIRST-LAST.
    void take_ranges() {
        for (const auto& text : flags_.ranges) {
            const auto ends = split_once(text, '-');
            const IpPrefix whole = ends ? IpPrefix{} : prefix("--ip-range", text);
            const IpAddress first = ends ? address("--ip-range", ends->first) : first_of(whole);
            const IpAddress last = ends ? address("--ip-range", ends->second) : whole.last();
            Subnet& subnet = subnet_with("--ip-range", first);
            if (!subnet.prefix.contains(last) || last < first) refuse("--ip-range", text, concat("is no range of ", subnet.prefix.text()));
            if (subnet.range_first) refuse("--ip-range", text, concat("subnet ", subnet.prefix.text(), " has one already"));
            subnet.range_first = first;
            subnet.range_last = last;
        }
    }

    void take_routes() {
        for (const auto& text : flags_.routes) {
            const auto parts = split(text, ',');
            if (parts.size() < 2 || parts.size() > 3) refuse("--route", text, "is malformed", "DESTINATION,GATEWAY[,METRIC]");
            network::Route route{prefix("--route", parts[0]).subnet(), address("--route", parts[1]), std::nullopt};
            if (route.gateway.family() != route.destination.address.family()) refuse("--route", text, "mixes IPv4 and IPv6");
            if (parts.size() == 3) {
                const auto metric = parse_uint(parts[2]);
                if (!metric || *metric > 0xffffffffU) refuse("--route", text, "the metric is no number");
                route.metric = static_cast<std::uint32_t>(*metric);
            }
            out_.routes.push_back(route);
        }
    }

    /// Names come from a responder at the bridge's own address.
    void take_names() {
        const bool possible = out_.driver == Driver::Bridge && out_.mode != "unmanaged" && out_.ipam_driver != "none";
        out_.dns_enabled = possible && !flags_.disable_dns;
        if (!out_.dns_enabled && !flags_.dns.empty()) {
            throw Error{ErrorKind::Invalid, concat("--dns needs a network with names: ", flags_.disable_dns ? "--disable-dns excludes it" : "this driver has none")};
        }
        for (const auto& server : flags_.dns) out_.dns_servers.push_back(address("--dns", server).text());
    }

    const NetworkCreateFlags& flags_;
    NetworkConfig out_;
};

}  // namespace

NetworkConfig parse_network_create(const NetworkCreateFlags& flags) { return NetworkTranslation{flags}.run(); }

bool has_address_management(const NetworkConfig& config) { return config.ipam_driver != "none" && !(config.driver == Driver::Bridge && config.mode == "unmanaged" && config.subnets.empty()); }

}  // namespace skiff::libpod
