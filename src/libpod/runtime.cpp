#include "libpod/runtime.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "image/image_store.h"
#include "libpod/container.h"
#include "libpod/containers_conf.h"
#include "libpod/epoch_reset.h"
#include "libpod/events.h"
#include "libpod/lifecycle.h"
#include "libpod/runtime_choice.h"
#include "network/nft/firewall.h"
#include "state/epoch.h"
#include "storage/container_storage.h"
#include "storage/layer_store.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr std::chrono::seconds kGlobalLockTimeout{60};

fs::path database_path(const RuntimeOptions& options) { return options.root / "skiff.db"; }
fs::path global_lock_path(const RuntimeOptions& options) { return options.root / "skiff.lock"; }

EngineConfig read_engine_config() {
    ConfigLocations where;
    if (const char* replacement = std::getenv("CONTAINERS_CONF")) where.replacement = replacement;
    if (const char* on_top = std::getenv("CONTAINERS_CONF_OVERRIDE")) where.on_top = on_top;
    return load_engine_config(where);
}

}  // namespace

struct Runtime::Parts {
    std::optional<EngineConfig> engine_config;
    std::unique_ptr<storage::LayerStore> layers;
    std::unique_ptr<storage::ContainerStorage> container_storage;
    std::unique_ptr<image::ImageStore> images;
    std::map<std::string, std::unique_ptr<oci::OciRuntime>> runtimes;
    std::unique_ptr<network::Firewall> firewall;
    std::unique_ptr<EventForwarder> forwarder;
    UnixNanos opened_at = now_nanos();
};

Runtime::Runtime(RuntimeOptions options, Access access) : options_{std::move(options)}, parts_{std::make_unique<Parts>()} {
    if (access == Access::Peek) {
        if (::access(database_path(options_).c_str(), R_OK) != 0) {
            throw Error{ErrorKind::NotFound, concat("no state below ", quote(options_.root.native()))};
        }
        db_ = std::make_unique<state::Database>(database_path(options_), state::Database::Access::ReadOnly);
        return;
    }
    open_database(access);
    if (!db_->read_only()) repair();
}

Runtime::~Runtime() { finish(); }

void Runtime::finish() noexcept {
    if (!db_ || std::exchange(finished_, true)) return;
    try {
        // Most commands only read: they need not even know where events would go.
        if (::sqlite3_total_changes(db_->handle()) > 0) forward_events();
        db_->checkpoint_if_large();
    } catch (const Error& error) {
        log::debug(concat("closing the state database: ", error.what(), ", ignoring"));
    }
}

namespace {

/// What SQLite creates belongs to root alone.
class [[nodiscard]] PrivateFiles {
public:
    PrivateFiles() : before_{::umask(0077)} {}
    PrivateFiles(const PrivateFiles&) = delete;
    PrivateFiles& operator=(const PrivateFiles&) = delete;
    ~PrivateFiles() { ::umask(before_); }

private:
    mode_t before_;
};

}  // namespace

void Runtime::open_database(Access access) {
    const PrivateFiles private_files;
    try {
        const UniqueFd root = make_directory(options_.root, 0700);
        const UniqueFd runroot = make_directory(options_.runroot, 0700);
        const UniqueFd locks = make_directory(options_.runroot / "locks", 0700);
    } catch (const SystemError& error) {
        if (error.code() != EROFS || access != Access::Read) throw;
    }
    try {
        const auto lock = step_lock();
        db_ = std::make_unique<state::Database>(database_path(options_), state::Database::Access::ReadWrite);
        if (is_prepared(*db_, options_.runroot)) return;
        db_.reset();
    } catch (const SystemError& error) {
        if (error.code() != EROFS || access != Access::Read) throw;
        log::warn(concat("the root ", quote(options_.root.native()), " is read-only: showing its state without repairs, ignoring"));
        db_ = std::make_unique<state::Database>(database_path(options_), state::Database::Access::Immutable);
        return;
    }
    prepare_epoch();
}

void Runtime::prepare_epoch() {
    const auto lock = state::FileLock::exclusive(global_lock_path(options_), kGlobalLockTimeout);
    db_ = std::make_unique<state::Database>(database_path(options_), state::Database::Access::ReadWrite);
    state::migrate(*db_);
    begin_epoch(*db_, options_.runroot);
}

state::FileLock Runtime::step_lock() const {
    return state::FileLock::shared(global_lock_path(options_), kGlobalLockTimeout);
}

const EngineConfig& Runtime::engine_config() const {
    if (!parts_->engine_config) {
        parts_->engine_config = read_engine_config();
        if (!options_.cgroup_manager.empty()) parts_->engine_config->cgroup_manager = options_.cgroup_manager;
        if (!options_.events_logger.empty()) parts_->engine_config->events_logger = options_.events_logger;
        if (!options_.hooks_dirs.empty()) parts_->engine_config->hooks_dir = options_.hooks_dirs;
    }
    return *parts_->engine_config;
}

storage::LayerStore& Runtime::layers() const {
    if (!parts_->layers) parts_->layers = std::make_unique<storage::LayerStore>(options_.root, *db_);
    return *parts_->layers;
}

storage::ContainerStorage& Runtime::container_storage() const {
    if (!parts_->container_storage) {
        parts_->container_storage = std::make_unique<storage::ContainerStorage>(options_.root, layers());
    }
    return *parts_->container_storage;
}

image::ImageStore& Runtime::images() const {
    if (!parts_->images) parts_->images = std::make_unique<image::ImageStore>(options_.root, *db_);
    return *parts_->images;
}

Container Runtime::find(std::string_view name_or_id) const {
    const auto ids = resolve_container(*db_, name_or_id);
    if (ids.empty()) {
        throw Error{ErrorKind::NotFound, concat("no container with name or ID ", quote(name_or_id), " found: no such container")};
    }
    if (ids.size() > 1) {
        throw Error{ErrorKind::Ambiguous,
                    concat("more than one result for container ID prefix ", quote(name_or_id), ": ", ids[0].substr(0, 12),
                           ", ", ids[1].substr(0, 12), ", …"),
                    "give more digits or the name"};
    }
    auto row = read_container(*db_, ids[0]);
    if (!row) throw Error{ErrorKind::NotFound, concat("no container with name or ID ", quote(name_or_id), " found: no such container")};
    const bool unsettled = needs_settling(*row);
    Container container{const_cast<Runtime&>(*this), std::move(*row)};
    if (unsettled) container.refresh();
    return container;
}

bool Runtime::exists(std::string_view name_or_id) const { return resolve_container(*db_, name_or_id).size() == 1; }

Container Runtime::latest() const {
    auto query = db_->prepare("SELECT id FROM container ORDER BY created_at DESC LIMIT 1");
    if (!query.step()) throw Error{ErrorKind::NotFound, "there are no containers"};
    return find(query.text(0));
}

std::vector<ContainerRow> Runtime::list() const {
    const auto settle_dead = [&](const std::vector<ContainerRow>& rows) {
        bool settled = false;
        for (const auto& row : rows) {
            if (needs_settling(row)) settled = try_settle(*this, row.id) || settled;
        }
        return settled;
    };
    auto rows = read_all_containers(*db_);
    if (!db_->read_only() && settle_dead(rows)) rows = read_all_containers(*db_);
    for (auto& row : rows) show_derived_state(*this, row);
    return rows;
}

Container Runtime::create(const CreateOptions& options) { return create_container(*this, options); }

void Runtime::settle(const std::string& id) { settle_after_exit(*this, id); }

void Runtime::repair() const { repair_dead_steps(*this); }

network::Firewall& Runtime::firewall() const {
    auto& slot = parts_->firewall;
    if (!slot) slot = std::make_unique<network::Firewall>(db(), options_.runroot);
    return *slot;
}

oci::OciRuntime& Runtime::oci_runtime(const std::string& name) const {
    auto& slot = parts_->runtimes[name];
    if (!slot) slot = make_oci_runtime(*this, name);
    return *slot;
}

std::string Runtime::default_oci_runtime() const { return runtime_candidates(*this).front(); }

std::string Runtime::next_runtime_after_refusal(const std::string& name) const { return remember_refusal(*this, name); }

void Runtime::forward_events() const {
    if (!parts_->forwarder) parts_->forwarder = std::make_unique<EventForwarder>(*this, parts_->opened_at);
    parts_->forwarder->forward();
}

std::vector<std::string> Runtime::own_command_prefix() const {
    std::error_code ignored;
    std::vector<std::string> words{fs::read_symlink("/proc/self/exe", ignored).native(), "--root", options_.root.native(),
                                   "--runroot", options_.runroot.native()};
    if (!options_.oci_runtime.empty()) words.insert(words.end(), {"--runtime", options_.oci_runtime});
    for (const auto& flag : options_.runtime_flags) words.push_back(concat("--runtime-flag=", flag));
    if (!options_.cgroup_manager.empty()) words.insert(words.end(), {"--cgroup-manager", options_.cgroup_manager});
    if (!options_.events_logger.empty()) words.insert(words.end(), {"--events-backend", options_.events_logger});
    for (const auto& dir : options_.hooks_dirs) words.insert(words.end(), {"--hooks-dir", dir});
    for (const auto& dir : options_.cdi_spec_dirs) words.insert(words.end(), {"--cdi-spec-dir", dir});
    return words;
}

}  // namespace skiff::libpod
