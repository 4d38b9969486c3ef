#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "libpod/network_create.h"
#include "libpod/parse/network_mode.h"
#include "libpod/runtime.h"

namespace skiff::cli {
namespace {

struct NetworkConnectCall {
    std::string network, container;
    std::string ip, ip6, mac;
    std::vector<std::string> aliases;
};

network::AttachmentConfig endpoint_of(const NetworkConnectCall& call) {
    network::AttachmentConfig config;
    if (!call.ip.empty()) config.ip = libpod::parse_address("--ip", call.ip, network::Family::V4);
    if (!call.ip6.empty()) config.ip6 = libpod::parse_address("--ip6", call.ip6, network::Family::V6);
    if (!call.mac.empty()) config.mac = libpod::parse_mac("--mac-address", call.mac);
    for (const auto& alias : call.aliases) libpod::check_alias("--alias", alias);
    config.aliases = call.aliases;
    return config;
}

}  // namespace

void define_network_connect(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<NetworkConnectCall>();
    add_argument(command, "NETWORK", call->network);
    add_argument(command, "CONTAINER", call->container);
    add_list_csv(command, "--alias", call->aliases, "NAME", "Further name of the container on this network");
    add_string(command, "--ip", call->ip, "IPv4", "IPv4 address of the container");
    add_string(command, "--ip6", call->ip6, "IPv6", "IPv6 address of the container");
    add_string(command, "--mac-address", call->mac, "MAC", "Ethernet address of the container");
    invocation.action = [call](libpod::Runtime& runtime) {
        libpod::connect_network(runtime, call->network, call->container, endpoint_of(*call));
        return 0;
    };
}

void define_network_disconnect(CLI::App& command, Invocation& invocation) {
    struct Call {
        std::string network, container;
        bool force = false;
    };
    auto call = std::make_shared<Call>();
    add_argument(command, "NETWORK", call->network);
    add_argument(command, "CONTAINER", call->container);
    add_flag(command, "-f,--force", call->force, "A container that is not connected is no failure");
    invocation.action = [call](libpod::Runtime& runtime) {
        libpod::disconnect_network(runtime, call->network, call->container, call->force);
        return 0;
    };
}

}  // namespace skiff::cli
