#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/network_create.h"
#include "libpod/parse/network_create.h"
#include "libpod/runtime.h"
#include "network/store.h"

namespace skiff::cli {
namespace {

struct NetworkCreateCall {
    libpod::NetworkCreateFlags flags;
    bool ignore = false;
};

int network_create(libpod::Runtime& runtime, const NetworkCreateCall& call) {
    const auto config = libpod::parse_network_create(call.flags);
    const bool exists = call.ignore && !config.name.empty() && network::read_network_by_name(runtime.db(), config.name);
    print_line(exists ? config.name : libpod::create_network(runtime, config).name);
    return 0;
}

}  // namespace

void define_network_create(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<NetworkCreateCall>();
    auto& flags = call->flags;
    add_argument(command, "NAME", flags.name, /*required=*/false);
    add_flag(command, "--disable-dns", flags.disable_dns, "Give containers no names on this network");
    add_list_csv(command, "--dns", flags.dns, "IP", "Name server that the network's containers' questions go to");
    add_string(command, "-d,--driver", flags.driver, "DRIVER", "bridge (default), macvlan or ipvlan");
    add_list_csv(command, "--gateway", flags.gateways, "IP", "Gateway of a subnet");
    add_flag(command, "--ignore", call->ignore, "A network that exists is no failure");
    add_string(command, "--interface-name", flags.interface_name, "NAME", "Name of the bridge, or the parent of macvlan and ipvlan");
    add_flag(command, "--internal", flags.internal, "No way out of the network");
    add_list(command, "--ip-range", flags.ranges, "RANGE", "Addresses of a subnet that containers get: a prefix or FIRST-LAST");
    add_string(command, "--ipam-driver", flags.ipam_driver, "DRIVER", "host-local (default), or none: containers get no address");
    add_flag(command, "--ipv6", flags.ipv6, "IPv6 beside IPv4");
    add_list(command, "--label", flags.labels, "KEY=VALUE", "Add a label");
    add_list(command, "-o,--opt", flags.options, "NAME=VALUE", "Option of the driver");
    add_list(command, "--route", flags.routes, "DESTINATION,GATEWAY[,METRIC]", "Route that containers get");
    add_list(command, "--subnet", flags.subnets, "PREFIX", "Subnet of the network");
    invocation.action = [call](libpod::Runtime& runtime) { return network_create(runtime, *call); };
}

}  // namespace skiff::cli
