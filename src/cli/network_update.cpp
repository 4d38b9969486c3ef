#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "libpod/network_create.h"
#include "libpod/parse/name_resolution.h"
#include "libpod/runtime.h"
#include "network/ip.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

/// In the one spelling that is stored.
std::vector<std::string> addresses(const char* flag, const std::vector<std::string>& given) {
    std::vector<std::string> out;
    for (const auto& text : given) {
        const auto address = network::IpAddress::parse(text);
        if (!address) throw Error{ErrorKind::Invalid, concat(flag, " ", quote(text), ": is no address"), "an IPv4 or IPv6 address"};
        out.push_back(address->text());
    }
    return out;
}

}  // namespace

void define_network_exists(CLI::App& command, Invocation& invocation) {
    auto name = std::make_shared<std::string>();
    add_argument(command, "NETWORK", *name);
    invocation.needs = Needs::ReadOnly;
    invocation.action = [name](libpod::Runtime& runtime) {
        try {
            libpod::find_network(runtime, *name);
            return 0;
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::NotFound) throw;
            return 1;
        }
    };
}

void define_network_update(CLI::App& command, Invocation& invocation) {
    struct Call {
        std::string network;
        std::vector<std::string> add, drop;
    };
    auto call = std::make_shared<Call>();
    add_argument(command, "NETWORK", call->network);
    add_list_csv(command, "--dns-add", call->add, "IP", "Ask this name server, too");
    add_list_csv(command, "--dns-drop", call->drop, "IP", "Ask this name server no longer");
    invocation.action = [call](libpod::Runtime& runtime) {
        if (call->add.empty() && call->drop.empty()) throw Error{ErrorKind::Invalid, "nothing to change is given", "--dns-add or --dns-drop"};
        libpod::update_network_servers(runtime, call->network, addresses("--dns-add", call->add), addresses("--dns-drop", call->drop));
        return 0;
    };
}

}  // namespace skiff::cli
