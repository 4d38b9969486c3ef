#pragma once
/// The engine's entrance: one Runtime per invocation owns configuration, database and stores.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpod/container_row.h"
#include "libpod/state.h"
#include "oci/runtime.h"
#include "state/database.h"
#include "state/file_lock.h"

namespace skiff::image {
class ImageStore;
struct ImageRecord;
}  // namespace skiff::image
namespace skiff::network {
class Firewall;
}
namespace skiff::storage {
class LayerStore;
class ContainerStorage;
}  // namespace skiff::storage

namespace skiff::libpod {

namespace fs = std::filesystem;
class Container;
struct CreateOptions;
struct EngineConfig;

/// Global flags. Empty strings mean "as containers.conf says, else the built-in default".
struct RuntimeOptions {
    fs::path root = "/var/lib/skiff";
    fs::path runroot = "/run/skiff";
    std::string oci_runtime;                 ///< --runtime
    std::vector<std::string> runtime_flags;  ///< --runtime-flag
    std::string cgroup_manager;              ///< --cgroup-manager: cgroupfs or systemd
    std::string events_logger;               ///< --events-backend: file, journald or none
    std::vector<std::string> hooks_dirs;     ///< --hooks-dir
    std::vector<std::string> cdi_spec_dirs;  ///< --cdi-spec-dir
    bool docker_names = false;               ///< "bridge" is the default network
};

class Runtime {
public:
    enum class Access {
        Change,  ///< sets up, migrates, repairs what a dead command left
        Read,    ///< the same where the root is writable; on a read-only root, opens the database immutable
        Peek,    ///< completion: never writes, never locks; throws Error{NotFound} when there is no database
    };

    Runtime(RuntimeOptions options, Access access);
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;
    ~Runtime();
    /// What is due at the end of every command: events go where containers.conf sends them, a large WAL is checkpointed. Once.
    void finish() noexcept;

    const RuntimeOptions& options() const noexcept { return options_; }
    const state::Database& db() const noexcept { return *db_; }
    /// containers.conf, read at first use.
    const EngineConfig& engine_config() const;
    image::ImageStore& images() const;
    storage::LayerStore& layers() const;
    storage::ContainerStorage& container_storage() const;

    // ---------------------------------------------------------------- containers

    /// By full ID, name, or unambiguous ID prefix. Throws Error{NotFound} or {Ambiguous}.
    Container find(std::string_view name_or_id) const;
    bool exists(std::string_view name_or_id) const;
    /// The container created last. Throws Error{NotFound} when there is none.
    Container latest() const;
    /// All containers in one query, oldest first, with states as the facts say (dead ones settled or shown as exited).
    std::vector<ContainerRow> list() const;

    /// Makes a container: rows, name, writable layer; state Configured. The image must be local.
    Container create(const CreateOptions& options);

    /// What a monitor executes at its end: reads the exit file, records, releases, removes (--rm) or restarts by policy.
    /// Harmless when there is nothing to settle or somebody else did.
    void settle(const std::string& id);
    void settle_exec(const std::string& container_id, const std::string& session_id);

    /// Finishes or undoes what dead commands left unfinished.
    void repair() const;

    // ---------------------------------------------------------------- for libpod itself

    fs::path run_dir(const std::string& id) const { return options_.runroot / id; }
    fs::path op_lock_path(const std::string& id) const { return options_.runroot / "locks" / (id + ".op"); }
    fs::path container_dir(const std::string& id) const { return options_.root / "containers" / id; }
    /// ROOT/skiff.lock, shared: held around each step, never while waiting.
    state::FileLock step_lock() const;
    /// The packet filter of the host's network namespace: one for the whole command, as closing its socket may wait.
    network::Firewall& firewall() const;
    /// The OCI runtime by name or path; empty: the configured one, else the first that works on this host.
    oci::OciRuntime& oci_runtime(const std::string& name) const;
    /// Which runtime a new container gets.
    std::string default_oci_runtime() const;
    /// Remembers for this epoch that `name` refused the host's cgroups; gives back the next choice, empty when none is left.
    std::string next_runtime_after_refusal(const std::string& name) const;
    /// Hands the events of this process's changes on to where containers.conf wants them; what it cannot is passed over.
    void forward_events() const;
    /// Global flags that make another invocation of skiff see the same world (for exit commands).
    std::vector<std::string> own_command_prefix() const;

private:
    struct Parts;
    void open_database(Access access);
    void prepare_epoch();

    RuntimeOptions options_;
    std::unique_ptr<state::Database> db_;
    bool finished_ = false;
    std::unique_ptr<Parts> parts_;
};

}  // namespace skiff::libpod
