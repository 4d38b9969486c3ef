#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/container_filter.h"
#include "cli/define.h"
#include "cli/docker_words.h"
#include "cli/format/listing.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/ps_row.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "libpod/container.h"
#include "libpod/container_config.h"
#include "libpod/health_state.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct PsCall {
    std::vector<std::string> filters;
    std::string format;
    std::string sort = "created";
    std::optional<std::int64_t> last;
    std::optional<std::uint64_t> watch;
    PsShown shown;
    bool docker = false;
    bool all = false, latest = false, no_heading = false, quiet = false, sync = false;
    bool external = false;  ///< asked for; this storage has none
};

bool is_shown_by_default(const libpod::ContainerRow& row) {
    const libpod::State state = row.state.state;
    return state == libpod::State::Running || state == libpod::State::Paused || state == libpod::State::Stopping;
}

void keep_newest(std::vector<libpod::ContainerRow>& rows, std::size_t count) {
    if (rows.size() > count) rows.erase(rows.begin(), rows.end() - static_cast<std::ptrdiff_t>(count));
}

std::vector<libpod::ContainerRow> chosen_rows(libpod::Runtime& runtime, const PsCall& call) {
    if (call.latest && call.last) throw Error{ErrorKind::Invalid, "--last and --latest are mutually exclusive"};
    const ContainerFilter filter{runtime, call.filters};
    std::vector<libpod::ContainerRow> rows = runtime.list();
    const bool counted = call.last && *call.last >= 0;
    // podman: a filter on the state shows every state, and so do --latest and --last.
    const bool every_state = call.all || call.latest || counted || filter.names_state();
    std::erase_if(rows, [&](const libpod::ContainerRow& row) {
        return (!every_state && !is_shown_by_default(row)) || !filter.matches(row);
    });
    if (call.latest) keep_newest(rows, 1);
    else if (counted) keep_newest(rows, static_cast<std::size_t>(*call.last));
    return rows;
}

using Less = bool (*)(const OrderedJson&, const OrderedJson&);

template <typename Value>
bool less_by(const OrderedJson& left, const OrderedJson& right, const char* key) {
    return left.at(key).get<Value>() < right.at(key).get<Value>();
}

Less order_named(const std::string& name) {
    static const std::map<std::string, Less> kOrders = {
        {"command", [](const OrderedJson& l, const OrderedJson& r) { return l.at("Command").dump() < r.at("Command").dump(); }},
        {"created", [](const OrderedJson& l, const OrderedJson& r) { return less_by<std::int64_t>(l, r, "Created"); }},
        {"id", [](const OrderedJson& l, const OrderedJson& r) { return less_by<std::string>(l, r, "Id"); }},
        {"image", [](const OrderedJson& l, const OrderedJson& r) { return less_by<std::string>(l, r, "Image"); }},
        {"names", [](const OrderedJson& l, const OrderedJson& r) { return l.at("Names").dump() < r.at("Names").dump(); }},
        {"runningfor", [](const OrderedJson& l, const OrderedJson& r) { return less_by<std::int64_t>(l, r, "StartedAt"); }},
        {"size", [](const OrderedJson& l, const OrderedJson& r) {
             const auto size = [](const OrderedJson& row) {
                 return row.at("Size").is_null() ? std::int64_t{0} : row.at("Size").at("rootFsSize").get<std::int64_t>();
             };
             return size(l) < size(r);
         }},
        {"status", [](const OrderedJson& l, const OrderedJson& r) { return less_by<std::string>(l, r, "State"); }},
    };
    const auto found = kOrders.find(lower(name));
    if (found == kOrders.end()) {
        throw Error{ErrorKind::Invalid, concat("--sort: no order ", quote(name)),
                    "command, created, id, image, names, runningfor, size, status"};
    }
    return found->second;
}

std::string default_template(const PsCall& call) {
    if (call.shown.namespaces) {
        return "{{.ID}}\t{{.Names}}\t{{.Pid}}\t{{.Cgroup}}\t{{.IPC}}\t{{.MNT}}\t{{.NET}}\t{{.PIDNS}}\t{{.User}}\t{{.UTS}}";
    }
    std::string columns = "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";
    if (call.shown.pods) columns += "\t{{.Pod}}\t{{.PodName}}";
    if (call.shown.sizes) columns += "\t{{.Size}}";
    return columns;
}

void print_once(libpod::Runtime& runtime, const PsCall& call) {
    const Less less = order_named(call.sort);
    Listing listing;
    listing.name = "ps";
    listing.default_template = default_template(call);
    listing.headers = ps_headers();
    listing.methods = ps_methods(call.shown);
    PsShown shown = call.shown;
    shown.networks = libpod::network_names(runtime.db());
    shown.health = libpod::read_health_statuses(runtime.db());
    std::vector<libpod::ContainerRow> rows = chosen_rows(runtime, call);
    listing.rows.reserve(rows.size());
    for (libpod::ContainerRow& row : rows) {
        listing.rows.push_back(ps_row(runtime, row, shown));
        std::string{}.swap(row.config);  // the next rows' memory
    }
    if (call.sort != "created") std::ranges::stable_sort(listing.rows, less);  // they come in that order
    ListingOptions options{.format = call.format, .no_heading = call.no_heading};
    if (call.quiet && call.format.empty()) options.format = "{{.ID}}";
    if (call.docker) dress_containers(listing);
    print_listing(listing, call.docker ? docker_options(options) : options);
}

int ps(libpod::Runtime& runtime, const PsCall& call) {
    if (call.quiet && (call.shown.sizes || call.shown.namespaces)) {
        throw Error{ErrorKind::Invalid, "--quiet takes neither --size nor --namespace"};
    }
    if (call.sync) runtime.repair();
    if (!call.watch) {
        print_once(runtime, call);
        return 0;
    }
    if (*call.watch == 0) throw Error{ErrorKind::Invalid, "--watch: at least 1 second"};
    for (;;) {
        if (::isatty(STDOUT_FILENO) != 0) print("\033[H\033[2J");
        print_once(runtime, call);
        std::this_thread::sleep_for(std::chrono::seconds{*call.watch});
    }
}

}  // namespace

void define_ps(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<PsCall>();
    call->docker = invocation.environment.called_as_docker;
    add_flag(command, "-a,--all", call->all, "Show all containers, not only those that run");
    add_flag(command, "--external,--storage", call->external, "Containers that other programs have in the storage too: there are none");
    add_list(command, "-f,--filter", call->filters, "KEY=VALUE", "Containers that match");
    add_string(command, "--format", call->format, "FORMAT", "json, a Go template, or table TEMPLATE");
    add_int(command, "-n,--last", call->last, "NUMBER", "The containers created last, in every state");
    add_latest(command, call->latest);
    add_flag(command, "--namespace,--ns", call->shown.namespaces, "Show namespaces");
    add_flag(command, "--no-trunc,--notruncate", call->shown.in_full, "Shorten nothing");
    add_flag(command, "--noheading", call->no_heading, "Print no headings");
    add_flag(command, "-p,--pod", call->shown.pods, "Show ID and name of the pod");
    add_flag(command, "-q,--quiet", call->quiet, "Show IDs only");
    add_flag(command, "-s,--size", call->shown.sizes, "Show sizes");
    add_string(command, "--sort", call->sort, "ORDER", "command, created, id, image, names, runningfor, size or status");
    add_flag(command, "--sync", call->sync, "Repair first what commands that died left behind");
    add_uint(command, "-w,--watch", call->watch, "SECONDS", "Show again and again");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return ps(runtime, *call); };
}

}  // namespace skiff::cli
