#include <algorithm>
#include <utility>

#include "image/image_store.h"
#include "libpod/cdi/resolve.h"
#include "libpod/container_events.h"
#include "libpod/containers_conf.h"
#include "libpod/explain.h"
#include "libpod/host_checks.h"
#include "libpod/image_facts.h"
#include "libpod/lifecycle.h"
#include "libpod/make_config.h"
#include "libpod/names.h"
#include "libpod/networks.h"
#include "libpod/ports.h"
#include "libpod/secret/in_container.h"
#include "libpod/user_ids.h"
#include "libpod/volume/of_container.h"
#include "state/intent.h"
#include "storage/container_storage.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/json.h"
#include "util/log.h"
#include "util/random.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

using Attachments = std::vector<network::AttachmentRow>;

std::optional<image::ImageRecord> image_of(Runtime& runtime, const CreateOptions& options) {
    if (options.image.empty()) return std::nullopt;
    return runtime.images().find(options.image);
}

/// `container:NAME` is stored as the ID that the name means now.
void resolve_joined(const Runtime& runtime, NamespaceMode& mode) {
    if (mode.kind == NamespaceKind::Container) mode.value = runtime.find(mode.value).id();
}

void resolve_joined(const Runtime& runtime, Namespaces& namespaces) {
    for (NamespaceMode* mode : {&namespaces.pid, &namespaces.ipc, &namespaces.network, &namespaces.uts, &namespaces.user,
                                &namespaces.cgroup}) {
        resolve_joined(runtime, *mode);
    }
}

/// Bridge without a name means the default network.
std::vector<network::AttachmentRow> networks_of(const Runtime& runtime, const CreateOptions& options, ContainerConfig& config) {
    if (config.namespaces.network.kind != NamespaceKind::Bridge) return {};
    auto requests = options.networks;
    if (requests.empty()) requests.emplace_back();
    auto attachments = attachments_for(runtime, requests);
    for (auto& attachment : attachments) attachment.container_id = config.id;
    return attachments;
}

/// As podman: published ports of a container without a network of its own are dropped, with a word.
void take_ports(const Runtime& runtime, ContainerConfig& config) {
    if (config.ports.empty()) return;
    if (config.namespaces.network.kind != NamespaceKind::Bridge) {
        log::warn("published ports are discarded: the container has no network of its own (host, none, container, ns), ignoring");
        config.ports.clear();
        return;
    }
    choose_host_ports(runtime, config.ports);
}

/// Of an image's several names the one that was asked for.
ImageFacts facts_by_name(const Runtime& runtime, const image::ImageRecord& image, const std::string& asked) {
    ImageFacts facts = facts_of(image, asked);
    const auto found = runtime.images().try_resolve(asked);
    if (found && found->by == image::FoundBy::Name && !found->name.empty()) facts.name = found->name;
    return facts;
}

ContainerConfig complete_config(Runtime& runtime, CreateOptions options, const std::optional<image::ImageRecord>& image) {
    add_volumes_from(runtime, options);
    const auto facts = image ? std::optional{facts_by_name(runtime, *image, options.image)} : std::nullopt;
    ContainerConfig config = make_config(options, facts ? &*facts : nullptr, runtime.engine_config());
    if (runtime.options().docker_names) config.asked.work_dir = false;  // docker makes the directory
    config.id = random_id();
    config.created_at = now_nanos();
    if (config.name.empty()) config.name = generate_name(runtime.db());
    resolve_joined(runtime, config.namespaces);
    for (std::string& required : config.requires_containers) required = runtime.find(required).id();
    cdi::require_devices(config.integration.cdi);
    check_against_host(config);
    take_ports(runtime, config);
    if (config.runtime.empty()) config.runtime = runtime.options().oci_runtime;
    if (!config.runtime.empty()) runtime.oci_runtime(config.runtime);  // a missing runtime is an error now, not at start
    return config;
}

ContainerRow row_of(const ContainerConfig& config) {
    ContainerRow row;
    row.id = config.id;
    row.name = config.name;
    if (!config.image_id.empty()) row.image_id = config.image_id;
    row.config = dump(to_json(config));
    row.created_at = config.created_at;
    row.state.removal_due = config.remove;
    return row;
}

/// The image row is checked by the foreign key in the same transaction: an rmi in between makes this fail cleanly.
/// `finished`: an intent that ends with it, if any.
void insert(const Runtime& runtime, const ContainerRow& row, const ContainerConfig& config, const Attachments& attachments, bool runs_at_once,
            std::optional<std::int64_t> finished) {
    state::Transaction transaction{runtime.db()};
    if (runs_at_once && row.state.removal_due) state::begin_intent(runtime.db(), "container", row.id, "run");
    if (row.image_id) image::require_image(runtime.db(), *row.image_id);
    insert_container(runtime.db(), row);
    for (const auto& attachment : attachments) network::insert_attachment(runtime.db(), attachment);
    record_mounts(runtime, config);
    record_transition(runtime.db(), row.id, State::Configured, State::Configured, "create");
    record_container_event(runtime.db(), row.id, "create");
    if (finished) state::finish_intent(runtime.db(), *finished);
    transaction.commit();
}

/// Before the lock file is made: no row names it yet.
std::int64_t begin_create(const Runtime& runtime, const std::string& id) {
    state::Transaction transaction{runtime.db()};
    const auto intent = state::begin_intent(runtime.db(), "container", id, "create");
    transaction.commit();
    fault_point("intent:create");
    return intent;
}

/// A container that was refused (its name is taken) leaves no lock file: nobody would ever remove it.
state::FileLock insert_locked(const Runtime& runtime, const ContainerRow& row, const ContainerConfig& config, const Attachments& attachments, bool runs_at_once,
                              std::optional<std::int64_t> finished) {
    auto lock = state::FileLock::exclusive(runtime.op_lock_path(row.id), std::chrono::seconds{10});
    fault_point("create:locked");
    try {
        insert(runtime, row, config, attachments, runs_at_once, finished);
    } catch (const Error&) {
        runtime.container_storage().remove(row.id);
        forget_lock(runtime, row.id);
        throw;
    }
    fault_point("create:recorded");  // from here on the intent has it removed
    return lock;
}

std::optional<Digest> top_layer_of(const ContainerConfig& config) {
    if (config.top_layer.empty()) return std::nullopt;
    return Digest::parse(config.top_layer);
}

/// What can be made only once the container has its rows.
bool has_dependent_parts(const ContainerConfig& config) {
    const auto is_anonymous = [](const auto& mount) { return mount.kind == MountKind::Volume && mount.anonymous; };
    return !config.secrets.empty() || std::any_of(config.mounts.begin(), config.mounts.end(), is_anonymous);
}

/// The writable layer, before anybody can see the container: a dead create without rows is undone by its intent.
void make_writable_layer(const Runtime& runtime, const ContainerConfig& config) {
    try {
        runtime.container_storage().create(config.id, top_layer_of(config));
        fault_point("create:storage");
    } catch (const Error& error) {
        runtime.container_storage().remove(config.id);
        forget_lock(runtime, config.id);
        throw error.in(concat("creating container ", quote(config.name)));
    }
}

Container store_with_volumes(Runtime& runtime, const ContainerConfig& config, const Attachments& attachments, bool runs_at_once) {
    ContainerRow row = row_of(config);
    const auto global = runtime.step_lock();
    const auto intent = begin_create(runtime, row.id);
    make_writable_layer(runtime, config);
    const bool more = has_dependent_parts(config);
    auto lock = insert_locked(runtime, row, config, attachments, runs_at_once, more ? std::nullopt : std::optional{intent});
    if (!more) return Container{runtime, std::move(row)};
    try {
        make_anonymous_volumes(runtime, config);
        store_secrets(runtime, config);
        fault_point("create:parts");
    } catch (const Error& error) {
        LockedContainer locked{std::move(lock), row};
        remove_locked(runtime, locked, "create failed", RemoveVolumes::Anonymous);
        throw error.in(concat("creating container ", quote(row.name)));
    }
    state::Transaction transaction{runtime.db()};
    state::finish_intent(runtime.db(), intent);
    transaction.commit();
    return Container{runtime, std::move(row)};
}

}  // namespace

ContainerConfig planned_config(Runtime& runtime, const CreateOptions& options) {
    ContainerConfig config = complete_config(runtime, options, image_of(runtime, options));
    const UniqueFd ids = choose_user_ids(runtime, options.integration.ids, config);
    return config;
}

Container create_container(Runtime& runtime, const CreateOptions& options) {
    const auto image = image_of(runtime, options);
    for (;;) {
        ContainerConfig config = complete_config(runtime, options, image);
        const UniqueFd ids = choose_user_ids(runtime, options.integration.ids, config);
        const auto attachments = networks_of(runtime, options, config);
        try {
            return store_container(runtime, config, attachments, options.runs_at_once);
        } catch (const Error& error) {
            // Somebody took the generated name since it was found free: another one.
            if (!options.name.empty() || error.kind() != ErrorKind::Exists || is_free_name(runtime.db(), config.name)) throw;
        }
    }
}

Container store_container(Runtime& runtime, ContainerConfig config, const Attachments& attachments, bool runs_at_once) {
    resolve_secrets(runtime, config);
    const auto new_volumes = provide_volumes(runtime, config);
    try {
        return store_with_volumes(runtime, config, attachments, runs_at_once);
    } catch (const Error&) {
        remove_new_volumes(runtime, new_volumes);
        throw;
    }
}

}  // namespace skiff::libpod
