// The responder without the engine: publishes records that a test wrote.
//
//     driver publish RUNROOT NETWORK_ID RECORDS_FILE    what attach and detach do
//     driver ensure RUNROOT NETWORK_ID                  what repair does
//     driver dns-responder …                            the responder itself, started by these

#include <cstdio>
#include <string_view>

#include "network/dns/responder.h"
#include "util/error.h"
#include "util/files.h"

using namespace skiff;
using namespace skiff::network;

namespace {

/// There is no packet filter here: a test asks the other port itself.
void say_redirect(const dns::fs::path& runroot, const std::string& bridge, const IpAddress& gateway, std::uint16_t port) {
    const UniqueFd dir = open_directory(runroot);
    replace_file_at(dir.get(), "redirected", bridge + " " + gateway.text() + " " + std::to_string(port) + "\n", 0600);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) return 2;
    const std::string_view command{argv[1]};
    try {
        if (command == dns::kResponderCommand) return dns::run_responder(argc, argv, say_redirect);
        if (command == "publish" && argc == 5) {
            dns::publish(argv[2], argv[3], [&] { return dns::parse_records(read_file(argv[4])); });
            return 0;
        }
        if (command == "ensure") return dns::ensure_responder(argv[2], argv[3]) ? 0 : 1;
    } catch (const Error& error) {
        std::fprintf(stderr, "Error: %s\n", error.what());
        return 125;
    }
    return 2;
}
