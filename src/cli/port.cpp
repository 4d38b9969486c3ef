#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/ports.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "libpod/container.h"
#include "libpod/runtime.h"
#include "network/port_mapping.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct PortCall {
    std::vector<std::string> words;  ///< CONTAINER [PORT[/PROTOCOL]]; with --latest only the port
    bool all = false, latest = false;
};

std::string wanted_port(const std::string& word) {
    const auto port = network::parse_expose("port", word);
    if (port.range != 1) throw Error{ErrorKind::Invalid, concat("port ", quote(word), ": only one port can be asked for")};
    return concat(port.container_port, "/", network::protocol_name(port.protocol));
}

/// What is published while it runs: a container at rest has no ports.
std::vector<PortLine> lines_of(const libpod::Container& container) {
    const auto state = container.state().state;
    const bool serves = state == libpod::State::Running || state == libpod::State::Paused || state == libpod::State::Stopping;
    return serves ? port_lines(container.config()) : std::vector<PortLine>{};
}

void print_one(const libpod::Container& container, const std::string& word) {
    const std::string wanted = word.empty() ? std::string{} : wanted_port(word);
    bool found = false;
    for (const auto& line : lines_of(container)) {
        if (!wanted.empty() && line.container != wanted) continue;
        found = true;
        print_line(wanted.empty() ? concat(line.container, " -> ", line.host) : line.host);
    }
    if (!wanted.empty() && !found) {
        throw Error{ErrorKind::NotFound, concat("container ", quote(container.name()), ": failed to find published port ", quote(word))};
    }
}

int print_all(libpod::Runtime& runtime) {
    for (const auto& row : runtime.list()) {
        if (row.state.state != libpod::State::Running) continue;
        const libpod::Container container{runtime, row};
        for (const auto& line : port_lines(container.config())) print_line(concat(row.id.substr(0, 12), "\t", line.container, " -> ", line.host));
    }
    return 0;
}

int port(libpod::Runtime& runtime, PortCall call) {
    if (call.all) {
        if (!call.words.empty() || call.latest) throw Error{ErrorKind::Invalid, "--all takes neither containers nor --latest"};
        return print_all(runtime);
    }
    std::string name;
    if (!call.latest) {
        if (call.words.empty()) throw Error{ErrorKind::Invalid, "a container is missing", "name one, or give --all or --latest"};
        name = call.words.front();
        call.words.erase(call.words.begin());
    }
    if (call.words.size() > 1) throw Error{ErrorKind::Invalid, "only one container and one port can be given"};
    print_one(find_one(runtime, name, call.latest), call.words.empty() ? std::string{} : call.words.front());
    return 0;
}

}  // namespace

void define_port(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<PortCall>();
    add_arguments(command, "CONTAINER [PORT]", call->words, /*required=*/false);
    add_flag(command, "-a,--all", call->all, "Print the ports of all running containers");
    add_latest(command, call->latest);
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return port(runtime, *call); };
}

}  // namespace skiff::cli
