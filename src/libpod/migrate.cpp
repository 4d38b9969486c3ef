#include "libpod/migrate.h"

#include "libpod/container.h"
#include "libpod/lifecycle.h"
#include "util/error.h"
#include "util/fault.h"

namespace skiff::libpod {
namespace {

void record_runtime(Runtime& runtime, const std::string& id, const std::string& name) {
    const auto locked = lock_container(runtime, id, kLockTimeout);
    state::Transaction transaction{runtime.db()};
    runtime.db().prepare("UPDATE container SET config = json_set(config, '$.runtime', ?) WHERE id = ?").bind(name).bind(id).run();
    transaction.commit();
    fault_point("migrate:recorded");
}

}  // namespace

void change_oci_runtime(Runtime& runtime, const std::string& name) {
    runtime.oci_runtime(name);
    for (const ContainerRow& row : runtime.list()) {
        try {
            Container{runtime, row}.stop(std::nullopt);
            record_runtime(runtime, row.id, name);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::NotFound) throw;  // somebody removed it meanwhile
        }
    }
}

}  // namespace skiff::libpod
