#include "libpod/clone.h"

#include "image/image_store.h"
#include "libpod/change_limits.h"
#include "libpod/image_facts.h"
#include "libpod/lifecycle.h"
#include "network/store.h"
#include "util/error.h"
#include "util/random.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

void replace_image(const Runtime& runtime, ContainerConfig& config, const std::string& name) {
    const auto facts = facts_of(runtime.images().find(name), name);
    config.image_id = facts.id;
    config.image_name = facts.name;
    config.raw_image_name = facts.raw_name;
    config.top_layer = facts.top_layer;
    config.exposed_ports = facts.exposed_ports;
    config.healthcheck_json = facts.healthcheck_json;
    config.rootfs.clear();
    config.rootfs_overlay = false;
}

ContainerConfig cloned_config(const Container& original, const CloneOptions& options) {
    ContainerConfig config = original.config();
    config.id = random_id();
    config.created_at = now_nanos();
    config.cid_file.clear();
    config.pid_file.clear();
    config.conmon_pid_file.clear();
    config.log.path.clear();
    if (!options.image.empty()) replace_image(original.runtime(), config, options.image);
    change_limits(config.resources, parse_changes(options.resources, config.resources));
    return config;
}

/// The original's networks, without the addresses that only one can have.
std::vector<network::AttachmentRow> cloned_attachments(const Container& original, const std::string& id) {
    auto attachments = network::attachments_of(original.runtime().db(), original.id());
    for (auto& attachment : attachments) {
        attachment.container_id = id;
        attachment.endpoint.reset();
        attachment.config.ip.reset();
        attachment.config.ip6.reset();
        attachment.config.mac.reset();
    }
    return attachments;
}

void require_removable(Container& original, const CloneOptions& options) {
    original.refresh();
    const auto& row = original.row();
    refuse_while_needed(original.runtime(), row);
    transition_for(Operation::Remove, row.state.state, {.init_alive = is_alive(row.state.init), .forced = options.force}, row.name);
}

}  // namespace

std::string free_clone_name(const Runtime& runtime, const std::string& original) {
    const std::string base = concat(original, "-clone");
    std::string name = base;
    for (int number = 1; runtime.exists(name); ++number) name = concat(base, number);
    return name;
}

Container clone_container(Container& original, const CloneOptions& options) {
    auto& runtime = original.runtime();
    if (!options.name.empty()) check_name("container", options.name);
    if (options.destroy) require_removable(original, options);
    ContainerConfig config = cloned_config(original, options);
    // Its own name, of a container that goes: free only then.
    const bool takes_over = options.destroy && options.name == original.name();
    config.name = options.name.empty() || takes_over ? free_clone_name(runtime, original.name()) : options.name;
    Container clone = store_container(runtime, config, cloned_attachments(original, config.id), /*runs_at_once=*/false);
    if (options.destroy) original.remove({.force = options.force, .volumes = false, .stop_timeout = std::nullopt});
    if (takes_over) clone.rename(options.name);
    return clone;
}

}  // namespace skiff::libpod
