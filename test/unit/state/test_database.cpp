#include <doctest/doctest.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>

#include "state/database.h"
#include "state/epoch.h"
#include "state/event.h"
#include "state/file_lock.h"
#include "state/intent.h"
#include "util/error.h"

using namespace skiff;
using namespace skiff::state;
using namespace std::chrono_literals;

namespace {
struct Scratch {
    fs::path path;
    Scratch() {
        std::string name = (fs::temp_directory_path() / "skiff-state-XXXXXX").native();
        path = ::mkdtemp(name.data());
    }
    ~Scratch() { fs::remove_all(path); }
    fs::path db() const { return path / "skiff.db"; }
};
}  // namespace

TEST_CASE("a new database is migrated to the newest schema and reopened") {
    Scratch scratch;
    {
        Database db{scratch.db(), Database::Access::ReadWrite};
        CHECK(db.schema_version() == 0);
        migrate(db);
        auto page_size = db.prepare("PRAGMA page_size");
        CHECK((page_size.step() && page_size.integer(0) == 1024));
        set_meta(db, "epoch", "one");
    }
    Database db{scratch.db(), Database::Access::ReadOnly};
    CHECK(db.schema_version() == newest_schema_version());
    CHECK(recorded_epoch(db) == "one");
    CHECK_THROWS_AS(set_meta(db, "epoch", "two"), Error);
}

TEST_CASE("a database from the future is refused, naming both versions") {
    Scratch scratch;
    {
        Database db{scratch.db(), Database::Access::ReadWrite};
        db.execute("PRAGMA user_version=9999");
    }
    try {
        Database db{scratch.db(), Database::Access::ReadWrite};
        FAIL("opened");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Unsupported);
        CHECK(std::string{error.what()}.find("9999") != std::string::npos);
        CHECK(std::string{error.what()}.find(std::to_string(newest_schema_version())) != std::string::npos);
    }
}

TEST_CASE("a statement is used again, from its beginning and with nothing bound") {
    Scratch scratch;
    Database db{scratch.db(), Database::Access::ReadWrite};
    migrate(db);
    set_meta(db, "a", "1");
    constexpr const char* kQuery = "SELECT value FROM meta WHERE key = ?";
    {
        auto left_midway = db.prepare(kQuery);
        left_midway.bind("a");
        CHECK(left_midway.step());
        auto beside_it = db.prepare(kQuery);
        CHECK_FALSE(beside_it.bind("b").step());
    }
    auto again = db.prepare(kQuery);
    CHECK_FALSE(again.step());
    again.reset();
    CHECK(again.bind("a").step());
    CHECK(again.text(0) == "1");
}

TEST_CASE("a statement that waits for its next use holds no snapshot, and follows a new schema") {
    Scratch scratch;
    Database db{scratch.db(), Database::Access::ReadWrite};
    migrate(db);
    set_meta(db, "a", "1");
    CHECK(db.prepare("SELECT * FROM meta").step());
    {
        Database other{scratch.db(), Database::Access::ReadWrite};
        other.execute("ALTER TABLE meta ADD COLUMN extra TEXT NOT NULL DEFAULT 'new'");
    }
    auto again = db.prepare("SELECT * FROM meta");
    CHECK(again.step());
    CHECK(again.text(2) == "new");
}

TEST_CASE("names and states are checked by the database too") {
    Scratch scratch;
    Database db{scratch.db(), Database::Access::ReadWrite};
    migrate(db);
    const std::string id(64, 'a');
    db.prepare("INSERT INTO container (id, config, created_at) VALUES (?, '{}', 0)").bind(id).run();
    for (const char* bad : {"", "../x", "-a", "a b", "a\nb", "a/b"}) {
        CAPTURE(bad);
        CHECK_THROWS_AS(db.prepare("INSERT INTO name (name, container_id) VALUES (?, ?)").bind(bad).bind(id).run(), Error);
    }
    db.prepare("INSERT INTO name (name, container_id) VALUES ('web-1.a_b', ?)").bind(id).run();
    CHECK_THROWS_AS(db.prepare("INSERT INTO container_state (id, state) VALUES (?, 'asleep')").bind(id).run(), Error);
    CHECK_THROWS_AS(db.prepare("INSERT INTO container (id, config, created_at) VALUES ('short', '{}', 0)").run(), Error);
}

TEST_CASE("a transaction that is not committed leaves nothing") {
    Scratch scratch;
    Database db{scratch.db(), Database::Access::ReadWrite};
    migrate(db);
    {
        Transaction transaction{db};
        set_meta(db, "a", "1");
    }
    CHECK(meta_value(db, "a").empty());
    {
        Transaction transaction{db};
        set_meta(db, "a", "1");
        transaction.commit();
    }
    CHECK(meta_value(db, "a") == "1");
}

TEST_CASE("a snapshot within a transaction is the transaction's, and leaves it open") {
    Scratch scratch;
    Database db{scratch.db(), Database::Access::ReadWrite};
    migrate(db);
    {
        Transaction transaction{db};
        set_meta(db, "a", "1");
        {
            const Snapshot snapshot{db};
            CHECK(meta_value(db, "a") == "1");
        }
        CHECK(meta_value(Database{scratch.db(), Database::Access::ReadOnly}, "a").empty());
    }
    CHECK(meta_value(db, "a").empty());
}

TEST_CASE("an intent outlives its owner and says who that was") {
    Scratch scratch;
    {
        Database db{scratch.db(), Database::Access::ReadWrite};
        migrate(db);
    }
    const pid_t child = ::fork();
    if (child == 0) {
        Database db{scratch.db(), Database::Access::ReadWrite};
        begin_intent(db, "container", "x", "mount", R"({"a":1})");
        ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
    Database db{scratch.db(), Database::Access::ReadWrite};
    const auto dead = all_intents(db, /*dead_only=*/true);
    REQUIRE(dead.size() == 1);
    CHECK(dead[0].owner.pid == child);
    CHECK(dead[0].step == "mount");
    finish_intent(db, dead[0].seq);
    const auto mine = begin_intent(db, "container", "x", "mount");
    CHECK(all_intents(db, /*dead_only=*/true).empty());
    CHECK(intents_of(db, "container", "x").size() == 1);
    finish_intent(db, mine);
}

TEST_CASE("file locks exclude, time out naming the holder, and notice a replaced file") {
    Scratch scratch;
    const auto path = scratch.path / "a.op";
    auto held = FileLock::exclusive(path, 1s);
    held.record_owner();
    CHECK(is_locked(path));
    CHECK_FALSE(FileLock::try_exclusive(path));
    try {
        const auto second = FileLock::exclusive(path, 30ms);
        FAIL("locked twice");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Timeout);
        CHECK(std::string{error.what()}.find(std::to_string(::getpid())) != std::string::npos);
    }
    held.unlink_and_release();
    CHECK_FALSE(is_locked(path));
    CHECK_FALSE(fs::exists(path));
    CHECK(FileLock::try_exclusive(path));
}

TEST_CASE("a lock dies with its holder") {
    Scratch scratch;
    const auto path = scratch.path / "a.op";
    const pid_t child = ::fork();
    if (child == 0) {
        auto held = FileLock::exclusive(path, 1s);
        ::kill(::getpid(), SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
    CHECK(FileLock::try_exclusive(path));
}

TEST_CASE("events: a ring of the newest, kept for a week, with rising numbers") {
    Scratch scratch;
    Database db{scratch.db(), Database::Access::ReadWrite};
    migrate(db);
    CHECK(newest_event(db) == 0);
    record_event(db, "image", "pull", "abc", "busybox");
    const auto first = read_events(db, 0, 10);
    REQUIRE(first.size() == 1);
    CHECK(first[0].action == "pull");
    CHECK(first[0].name == "busybox");
    CHECK(read_events(db, first[0].seq, 10).empty());
    CHECK(read_own_events(db, 0, first[0].at).size() == 1);
    CHECK(read_own_events(db, 0, first[0].at + 1).empty());
    {
        Transaction transaction{db};
        for (std::int64_t i = 0; i < kKeptEvents + 200; ++i) record_event(db, "system", "refresh", "", "");
        transaction.commit();
    }
    auto count = db.prepare("SELECT count(*) FROM event");
    count.step();
    CHECK(count.integer(0) >= kKeptEvents);
    CHECK(count.integer(0) < kKeptEvents + 64);
    CHECK(newest_event(db) == kKeptEvents + 201);
    db.execute("UPDATE event SET at = 1");
    CHECK(read_events(db, 0, 10).empty());
    CHECK_THROWS_AS(record_event(db, "nonsense", "x", "", ""), Error);
    // What is rolled back never happened.
    {
        Transaction transaction{db};
        record_event(db, "system", "refresh", "", "");
    }
    CHECK(newest_event(db) == kKeptEvents + 201);
}
