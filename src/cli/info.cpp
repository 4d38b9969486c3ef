#include <sys/statfs.h>
#include <sys/statvfs.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/docker_words.h"
#include "cli/format/listing.h"
#include "cli/info_host.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/registry_flags.h"
#include "cli/report.h"
#include "cli/version.h"
#include "cli/yaml.h"
#include "image/image_store.h"
#include "image/registry/registries_conf.h"
#include "image/registry/remote_image.h"
#include "libpod/runtime.h"

namespace skiff::cli {

namespace {

OrderedJson container_counts(libpod::Runtime& runtime) {
    int number = 0, paused = 0, running = 0, stopped = 0;
    for (const libpod::ContainerRow& row : runtime.list()) {
        ++number;
        if (row.state.state == libpod::State::Running) ++running;
        else if (row.state.state == libpod::State::Paused) ++paused;
        else ++stopped;
    }
    return {{"number", number}, {"paused", paused}, {"running", running}, {"stopped", stopped}};
}

/// Source: statfs(2), f_type.
std::string file_system_of(const std::string& path) {
    struct statfs info {};
    if (::statfs(path.c_str(), &info) != 0) return "unknown";
    switch (info.f_type) {
    case 0xef53: return "extfs";
    case 0x58465342: return "xfs";
    case 0x9123683e: return "btrfs";
    case 0x01021994: return "tmpfs";
    case 0x794c7630: return "overlayfs";
    case 0x2fc12fc1: return "zfs";
    default: return "unknown";
    }
}

OrderedJson graph_status(const std::string& root) {
    return {{"Backing Filesystem", file_system_of(root)}, {"Native Overlay Diff", "true"}, {"Supports d_type", "true"}, {"Using metacopy", "false"}};
}

OrderedJson registries(const Environment& environment) {
    OrderedJson json = OrderedJson::object();
    const auto conf = image::registry::registries_conf(registry_options({}, environment));
    if (!conf.search.empty()) json["search"] = conf.search;
    return json;
}

OrderedJson store_document(libpod::Runtime& runtime) {
    const auto& options = runtime.options();
    struct statvfs space {};
    ::statvfs(options.root.c_str(), &space);
    const auto block = static_cast<std::int64_t>(space.f_frsize);
    OrderedJson json;
    json["configFile"] = "";
    json["containerStore"] = container_counts(runtime);
    json["graphDriverName"] = "overlay";
    json["graphOptions"] = OrderedJson::object();
    json["graphRoot"] = options.root.string();
    json["graphRootAllocated"] = block * static_cast<std::int64_t>(space.f_blocks);
    json["graphRootUsed"] = block * static_cast<std::int64_t>(space.f_blocks - space.f_bfree);
    json["graphStatus"] = graph_status(options.root.string());
    json["imageCopyTmpDir"] = (options.root / "staging").string();
    json["imageStore"] = {{"number", runtime.images().list().size()}};
    json["runRoot"] = options.runroot.string();
    json["transientStore"] = false;
    json["volumePath"] = (options.root / "volumes").string();
    return json;
}

OrderedJson info_document(libpod::Runtime& runtime, const Environment& environment) {
    OrderedJson json;
    json["host"] = host_document(runtime);
    json["store"] = store_document(runtime);
    json["registries"] = registries(environment);
    json["plugins"] = {{"volume", {"local", "image"}},
                       {"network", {"bridge", "macvlan", "ipvlan"}},
                       {"log", {"k8s-file", "json-file", "journald", "none", "passthrough"}},
                       {"authorization", nullptr}};
    json["version"] = version_document();
    return json;
}

int info(libpod::Runtime& runtime, const std::string& format, const Environment& environment) {
    OrderedJson document = info_document(runtime, environment);
    if (environment.called_as_docker) add_docker_info(document);
    if (format.empty()) print(to_yaml(document));
    else if (is_json_format(format)) print_line(dump(document, /*indent=*/2));
    else print(render_object("info", format, document));
    return 0;
}

}  // namespace

void define_info(CLI::App& command, Invocation& invocation) {
    auto format = std::make_shared<std::string>();
    add_string(command, "-f,--format", *format, "FORMAT", "json, or a Go template");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [format, &invocation](libpod::Runtime& runtime) { return info(runtime, *format, invocation.environment); };
}

}  // namespace skiff::cli
