#include "libpod/explain.h"

#include <algorithm>
#include <array>
#include <set>

#include "image/image_store.h"
#include "libpod/bundle.h"
#include "libpod/cdi/resolve.h"
#include "libpod/config_lines.h"
#include "libpod/container_root.h"
#include "libpod/image_facts.h"
#include "libpod/make_config.h"
#include "libpod/runtime.h"
#include "libpod/spec/make_spec.h"
#include "libpod/volume/volume.h"
#include "util/digest.h"
#include "util/files.h"
#include "util/json.h"

namespace skiff::libpod {
namespace {

constexpr std::size_t kOrigins = 4;

/// The configuration with one origin more at each step; the last is the container's own.
using Steps = std::array<ContainerConfig, kOrigins>;

/// What is this container's alone is the same in all steps, so that nothing derived from it differs.
void take_identity(ContainerConfig& step, const ContainerConfig& config) {
    step.id = config.id;
    step.name = config.name;
    step.created_at = config.created_at;
    step.create_command = config.create_command;
    step.image_id = config.image_id;
    step.image_name = config.image_name;
    step.raw_image_name = config.raw_image_name;
    step.top_layer = config.top_layer;
    step.rootfs = config.rootfs;
    step.rootfs_overlay = config.rootfs_overlay;
}

Steps steps_to(const Runtime& runtime, const ContainerConfig& config) {
    CreateOptions nothing;
    nothing.rootfs = "/";
    nothing.command = {""};  // something must be run; no line equals it
    Steps steps{make_config(nothing, nullptr, EngineConfig{}), make_config(nothing, nullptr, runtime.engine_config()), {}, config};
    steps[2] = steps[1];
    if (!config.image_id.empty()) {
        const ImageFacts facts = facts_of(runtime.images().get(config.image_id), config.raw_image_name);
        CreateOptions image_only;
        image_only.image = config.raw_image_name;
        if (facts.cmd.empty() && facts.entrypoint.empty()) image_only.command = nothing.command;
        steps[2] = make_config(image_only, &facts, runtime.engine_config());
    }
    for (ContainerConfig& step : steps) take_identity(step, config);
    return steps;
}

ResolvedUser user_of(const Runtime& runtime, const ContainerConfig& config) {
    if (config.rootfs.empty() && config.top_layer.empty()) return {};
    const UniqueFd root = config.rootfs.empty() ? open_image_root(runtime, Digest::parse(config.top_layer)) : open_directory(config.rootfs);
    return resolve_user(root.get(), config.user, config.groups);
}

/// The document as a start writes it, with the files that the engine generates where it would put them.
Json spec_of(const Runtime& runtime, const ContainerConfig& config, const ResolvedUser& user, const HostFacts& host) {
    const fs::path run_dir = runtime.run_dir(config.id);
    SpecInputs inputs;
    inputs.rootfs = run_dir / "rootfs";
    inputs.run_dir = run_dir;
    inputs.user = user;
    inputs.hostname = hostname_of(config);
    inputs.host = host;
    if (!config.no_hosts) inputs.hosts_file = run_dir / "hosts";
    inputs.resolv_conf = run_dir / "resolv.conf";
    if (!config.no_hostname) inputs.hostname_file = run_dir / "hostname";
    inputs.containerenv = run_dir / ".containerenv";
    if (config.init) inputs.init_stub = config.init_path.empty() ? run_dir / "init" : fs::path{config.init_path};
    for (const MountConfig& mount : config.mounts) {
        if (mount.kind == MountKind::Bind && !mount.overlay) continue;
        const bool whole = mount.kind == MountKind::Volume && !mount.source.empty() && !mount.overlay && mount.subpath.empty();
        inputs.mount_sources[mount.destination] = whole ? volume_path(runtime, mount.source) : run_dir / "sources";
    }
    inputs.devices = collect_devices(config);
    inputs.seccomp_json = seccomp_for(config, host);
    Json spec = make_spec(config, inputs);
    cdi::apply(config.integration.cdi, spec);
    return spec;
}

using LineSet = std::set<std::pair<std::string, std::string>>;

/// The lines of the last document, each with the first step from which on it is always there.
std::vector<ExplainedLine> attribute(const std::array<Json, kOrigins>& documents) {
    std::array<LineSet, kOrigins> known;
    for (std::size_t step = 0; step < kOrigins; ++step) {
        for (auto& line : lines_of(documents[step])) known[step].emplace(std::move(line.key), std::move(line.value));
    }
    std::vector<ExplainedLine> explained;
    for (const ConfigLine& line : lines_of(documents.back())) {
        std::size_t step = kOrigins - 1;
        while (step > 0 && known[step - 1].contains({line.key, line.value})) --step;
        explained.push_back({line.key, line.value, static_cast<Origin>(step)});
    }
    return explained;
}

}  // namespace

const char* origin_name(Origin origin) {
    static constexpr std::array<const char*, kOrigins> kNames{"skiff", "containers.conf", "image", "command line"};
    return kNames[static_cast<std::size_t>(origin)];
}

Explanation explain(const Runtime& runtime, const ContainerConfig& config) {
    const Steps steps = steps_to(runtime, config);
    const ResolvedUser user = user_of(runtime, config);
    const HostFacts host = probe_host();
    std::array<Json, kOrigins> configurations, documents;
    for (std::size_t step = 0; step < kOrigins; ++step) {
        configurations[step] = to_json(steps[step]);
        for (const char* own : {"id", "name", "created_at", "create_command", "image_id", "top_layer"}) configurations[step].erase(own);
        const bool users_own = steps[step].user == config.user && steps[step].groups == config.groups;
        documents[step] = spec_of(runtime, steps[step], users_own ? user : ResolvedUser{}, host);
    }
    return {attribute(configurations), attribute(documents)};
}

}  // namespace skiff::libpod
