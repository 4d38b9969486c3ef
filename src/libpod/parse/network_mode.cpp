#include "libpod/parse/network_mode.h"

#include <algorithm>
#include <array>

#include "libpod/parse/isolation.h"
#include "libpod/parse/refuse.h"
#include "libpod/parse/values.h"
#include "network/link_name.h"

namespace skiff::libpod {
namespace {

constexpr const char* kOptions = "alias=NAME, ip=IPv4, ip6=IPv6, mac=ADDRESS or interface_name=NAME";

bool stands_alone(std::string_view value) {
    static constexpr std::array<std::string_view, 2> kWords{"host", "none"};
    return std::find(kWords.begin(), kWords.end(), value) != kWords.end() || value.starts_with("container:") || value.starts_with("ns:");
}

void refuse_rootless_modes(std::string_view value) {
    const std::string mode{value.substr(0, value.find(':'))};
    if (mode != "slirp4netns" && mode != "pasta") return;
    throw Error{ErrorKind::Unsupported, concat("--network ", quote(mode), ": networking through a user process is for containers run without root"),
                "use bridge, a network's name, host, none, container:NAME or ns:PATH"};
}

void add_option(std::string_view value, const std::string& text, network::AttachmentConfig& config) {
    const auto parts = split_once(text, '=');
    if (!parts || parts->second.empty()) refuse("--network", value, concat("option ", quote(text), " is malformed"), kOptions);
    const auto& [key, said] = *parts;
    if (key == "alias") {
        check_alias("--network alias=", said);
        config.aliases.push_back(said);
    } else if (key == "ip") {
        const bool v6 = said.find(':') != std::string::npos;
        (v6 ? config.ip6 : config.ip) = parse_address("--network ip=", said, v6 ? network::Family::V6 : network::Family::V4);
    } else if (key == "ip6") {
        config.ip6 = parse_address("--network ip6=", said, network::Family::V6);
    } else if (key == "mac") {
        config.mac = parse_mac("--network mac=", said);
    } else if (key == "interface_name") {
        network::check_link_name("--network interface_name=", said);
        config.interface_name = said;
    } else {
        refuse("--network", value, concat("option ", quote(key), " is not known"), kOptions);
    }
}

NetworkRequest parse_one(std::string_view value) {
    const auto colon = std::min(value.find(':'), value.size());
    NetworkRequest request{std::string{value.substr(0, colon)}, {}};
    if (request.network.empty()) refuse("--network", value, "names no network");
    if (request.network == "bridge" || request.network == "private" || request.network == "default") request.network.clear();
    else check_name("network", request.network);
    if (colon < value.size()) {
        for (const auto& option : split(value.substr(colon + 1), ',')) add_option(value, option, request.config);
    }
    return request;
}

/// podman's older way: NAME,NAME.
std::vector<NetworkRequest> parse_value(const std::string& value) {
    std::vector<NetworkRequest> requests;
    if (value.find(':') != std::string::npos) return {parse_one(value)};
    for (const auto& name : split(value, ',')) requests.push_back(parse_one(name));
    return requests;
}

/// The flags that mean the one network.
void add_endpoint_flags(const NetworkFlags& flags, NetworkChoice& choice) {
    const bool one_only = !flags.ip.empty() || !flags.ip6.empty() || !flags.mac_address.empty();
    if (!one_only && flags.aliases.empty()) return;
    const bool bridged = choice.mode.kind == NamespaceKind::Bridge || choice.mode.kind == NamespaceKind::Default;
    if (!bridged) throw Error{ErrorKind::Invalid, "--ip, --ip6, --mac-address and --network-alias need a network: not host, none, container: or ns:"};
    choice.mode.kind = NamespaceKind::Bridge;
    if (choice.networks.empty()) choice.networks.emplace_back();
    if (one_only && choice.networks.size() > 1) {
        throw Error{ErrorKind::Invalid, "--ip, --ip6 and --mac-address go with one network only", "with several: --network NAME:ip=ADDRESS,mac=ADDRESS"};
    }
    auto& first = choice.networks.front().config;
    if (!flags.ip.empty()) first.ip = parse_address("--ip", flags.ip, network::Family::V4);
    if (!flags.ip6.empty()) first.ip6 = parse_address("--ip6", flags.ip6, network::Family::V6);
    if (!flags.mac_address.empty()) first.mac = parse_mac("--mac-address", flags.mac_address);
    for (const auto& alias : flags.aliases) {
        check_alias("--network-alias", alias);
        for (auto& request : choice.networks) request.config.aliases.push_back(alias);
    }
}

void refuse_twice(const std::vector<NetworkRequest>& requests) {
    for (auto one = requests.begin(); one != requests.end(); ++one) {
        const bool again = std::any_of(one + 1, requests.end(), [&](const auto& other) { return other.network == one->network; });
        if (again) refuse("--network", one->network.empty() ? "bridge" : one->network, "is given twice");
    }
}

}  // namespace

network::IpAddress parse_address(std::string_view flag, std::string_view text, network::Family family) {
    const auto address = network::IpAddress::parse(text);
    if (!address || address->family() != family) refuse(flag, text, "is no address", family == network::Family::V4 ? "an IPv4 address" : "an IPv6 address");
    return *address;
}

network::MacAddress parse_mac(std::string_view flag, std::string_view text) {
    const auto mac = network::MacAddress::parse(text);
    if (!mac) refuse(flag, text, "is no Ethernet address", "six pairs of hexadecimal digits, separated by colons");
    if (mac->is_multicast() || *mac == network::MacAddress{}) refuse(flag, text, "is no interface's own address", "the first byte even, not all zero");
    return *mac;
}

void check_alias(std::string_view flag, std::string_view alias) {
    const bool fits = consists_of(alias, concat(kAlphanumeric, ".-_")) && consists_of(alias.substr(0, 1), kAlphanumeric) && alias.size() <= 253;
    if (!fits) refuse(flag, alias, "is no host name", "letters, digits, dots, hyphens and underscores, the first a letter or digit");
}

NetworkChoice parse_network_flags(const NetworkFlags& flags) {
    NetworkChoice choice;
    for (const auto& value : flags.network) {
        refuse_rootless_modes(value);
        if (stands_alone(value)) {
            if (flags.network.size() > 1) refuse("--network", value, "cannot be combined with other networks");
            choice.mode = parse_namespace("--network", value);
            continue;
        }
        choice.mode.kind = NamespaceKind::Bridge;
        auto requests = parse_value(value);
        choice.networks.insert(choice.networks.end(), requests.begin(), requests.end());
    }
    refuse_twice(choice.networks);
    add_endpoint_flags(flags, choice);
    return choice;
}

}  // namespace skiff::libpod
