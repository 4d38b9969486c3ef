#include <sqlite3.h>

#include <array>
#include <string_view>

#include "state/database.h"
#include "state/schema.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/text.h"

namespace skiff::state {
namespace {

/// A copy by the backup API, so that the file is whole whatever the WAL holds.
void back_up(const Database& db, int version) {
    const fs::path target{concat(db.file().native(), ".schema", version)};
    sqlite3* copy = nullptr;
    if (sqlite3_open(target.c_str(), &copy) != SQLITE_OK) {
        sqlite3_close(copy);
        throw Error{ErrorKind::System, concat("backing up the state database to ", quote(target.native()))};
    }
    sqlite3_backup* backup = sqlite3_backup_init(copy, "main", db.handle(), "main");
    if (backup != nullptr) {
        sqlite3_backup_step(backup, -1);
        sqlite3_backup_finish(backup);
    }
    const int code = sqlite3_errcode(copy);
    sqlite3_close(copy);
    if (code != SQLITE_OK) throw Error{ErrorKind::System, concat("backing up the state database to ", quote(target.native()))};
}

}  // namespace

int newest_schema_version() { return static_cast<int>(kMigrations.size()); }

void migrate(Database& db) {
    const int found = db.schema_version();
    if (found > 0 && found < newest_schema_version()) back_up(db, found);
    for (int version = found + 1; version <= newest_schema_version(); ++version) {
        Transaction transaction{db};
        fault_point("migrate");
        db.execute(kMigrations[static_cast<std::size_t>(version) - 1]);
        db.execute(concat("PRAGMA user_version=", version).c_str());
        transaction.commit();
    }
}

}  // namespace skiff::state
