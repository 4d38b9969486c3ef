#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/format/listing.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "libpod/container.h"
#include "libpod/host_mount.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct MountCall {
    std::vector<std::string> names;
    std::string format;
    bool all = false, latest = false, no_trunc = false;
};

std::vector<libpod::ContainerRow> mounted_containers(const libpod::Runtime& runtime) {
    auto rows = runtime.list();
    std::erase_if(rows, [&](const libpod::ContainerRow& row) { return !libpod::is_host_mounted(runtime, row.id); });
    return rows;
}

void list_mounts(const libpod::Runtime& runtime, const MountCall& call) {
    OrderedJson documents = OrderedJson::array();
    std::string lines;
    for (const auto& row : mounted_containers(runtime)) {
        const auto path = libpod::host_mount_path(runtime, row.id).native();
        lines += concat(call.no_trunc ? row.id : row.id.substr(0, 12), "  ", path, "\n");
        documents.push_back({{"id", row.id}, {"Names", {row.name}}, {"mountpoint", path}});
    }
    print(call.format.empty() ? lines : concat(dump(documents, /*indent=*/1), "\n"));
}

std::vector<std::string> names_to_mount(const libpod::Runtime& runtime, const MountCall& call) {
    if (call.latest) return {runtime.latest().id()};
    if (!call.all) return call.names;
    std::vector<std::string> ids;
    for (const auto& row : runtime.list()) ids.push_back(row.id);
    return ids;
}

int mount(libpod::Runtime& runtime, const MountCall& call) {
    const bool lists = call.names.empty() && !call.all && !call.latest;
    if (!call.format.empty() && !is_json_format(call.format)) throw Error{ErrorKind::Invalid, concat("--format: ", quote(call.format), " is not \"json\"")};
    if (!call.format.empty() && !lists) throw Error{ErrorKind::Invalid, "--format is for the list of mounts, without containers"};
    if (call.all + call.latest + !call.names.empty() > 1) throw Error{ErrorKind::Invalid, "containers, --all and --latest exclude each other"};
    if (lists) {
        list_mounts(runtime, call);
        return 0;
    }
    Failures failures;
    for (const auto& name : names_to_mount(runtime, call)) {
        failures.attempt([&] {
            auto container = runtime.find(name);
            print_line(libpod::mount_on_host(container).native());
        });
    }
    return failures.status();
}

struct UnmountCall {
    std::vector<std::string> names;
    bool all = false, latest = false, force = false;
};

int unmount(libpod::Runtime& runtime, const UnmountCall& call) {
    if (call.all + call.latest + !call.names.empty() != 1) throw Error{ErrorKind::Invalid, "containers, --all or --latest is wanted"};
    Failures failures;
    const auto unmount_one = [&](const std::string& given) {
        failures.attempt([&] {
            auto container = runtime.find(given);
            libpod::unmount_from_host(container, call.force);
            print_line(given);
        });
    };
    if (call.latest) unmount_one(runtime.latest().id());
    if (call.all)
        for (const auto& row : mounted_containers(runtime)) unmount_one(row.id);
    for (const auto& name : call.names) unmount_one(name);
    return failures.status();
}

}  // namespace

void define_mount(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<MountCall>();
    add_arguments(command, "CONTAINER", call->names);
    add_flag(command, "-a,--all", call->all, "Mount all containers");
    add_string(command, "--format", call->format, "FORMAT", "json");
    add_latest(command, call->latest);
    add_flag(command, "--no-trunc,--notruncate", call->no_trunc, "Show full IDs");
    invocation.action = [call](libpod::Runtime& runtime) { return mount(runtime, *call); };
}

void define_unmount(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<UnmountCall>();
    add_arguments(command, "CONTAINER", call->names);
    add_flag(command, "-a,--all", call->all, "Unmount all containers");
    add_flag(command, "-f,--force", call->force, "Unmount whatever the count, and what is in use");
    add_latest(command, call->latest);
    invocation.action = [call](libpod::Runtime& runtime) { return unmount(runtime, *call); };
}

}  // namespace skiff::cli
