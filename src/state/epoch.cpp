#include "state/epoch.h"

#include <sys/stat.h>

#include <cstdlib>

#include "util/process.h"
#include "util/text.h"

namespace skiff::state {

std::string current_epoch() {
    if (const char* forced = std::getenv("SKIFF_TEST_EPOCH")) return forced;
    struct stat pid_namespace {};
    ::stat("/proc/self/ns/pid", &pid_namespace);
    return concat(boot_id(), "/", pid_namespace.st_ino, "/", start_ticks_of(1).value_or(0));
}

std::string meta_value(const Database& db, std::string_view key) {
    Statement query = db.prepare("SELECT value FROM meta WHERE key = ?");
    query.bind(key);
    return query.step() ? query.text(0) : std::string{};
}

void set_meta(const Database& db, std::string_view key, std::string_view value) {
    db.prepare("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .bind(key)
        .bind(value)
        .run();
}

std::string recorded_epoch(const Database& db) { return meta_value(db, "epoch"); }

}  // namespace skiff::state
