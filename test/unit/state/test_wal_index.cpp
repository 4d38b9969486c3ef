#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "state/database.h"
#include "state/wal_index.h"
#include "util/fd.h"

using namespace skiff;
using namespace skiff::state;

namespace {

constexpr off_t kUnusedWord = 132;  // of the index: SQLite neither reads nor writes it, but makes it zero when it makes the index anew

struct Scratch {
    fs::path path;
    Scratch() {
        std::string name = (fs::temp_directory_path() / "skiff-wal-XXXXXX").native();
        path = ::mkdtemp(name.data());
    }
    ~Scratch() { fs::remove_all(path); }
    fs::path db() const { return path / "skiff.db"; }
    fs::path log() const { return path / "skiff.db-wal"; }
    UniqueFd index() const { return UniqueFd{::open((path / "skiff.db-shm").c_str(), O_RDWR | O_CLOEXEC)}; }
};

void add_row(const Database& db, int value) {
    Transaction transaction{db};
    db.prepare("INSERT INTO t VALUES (?)").bind(std::int64_t{value}).run();
    transaction.commit();
}

std::int64_t count_rows(const fs::path& file) {
    Database db{file, Database::Access::ReadWrite};
    auto query = db.prepare("SELECT count(*) FROM t");
    query.step();
    return query.integer(0);
}

/// A database with two transactions in its log, and nobody connected.
void make(const Scratch& scratch) {
    Database db{scratch.db(), Database::Access::ReadWrite};
    db.execute("CREATE TABLE t (value INTEGER)");
    add_row(db, 1);
    add_row(db, 2);
}

bool is_current(const Scratch& scratch) { return is_wal_index_current(scratch.index().get()); }

bool kernel_numbers_mounts() {
    utsname system{};
    ::uname(&system);
    char* rest = nullptr;
    const long major = std::strtol(system.release, &rest, 10);
    const long minor = std::strtol(rest + 1, nullptr, 10);
    return major > 6 || (major == 6 && minor >= 8);
}

/// Elsewhere it is always made anew, and there is nothing to see.
bool can_stay(const Scratch& scratch) {
    const bool has_attributes = ::setxattr(scratch.db().c_str(), "trusted.skiff.test", "1", 1, 0) == 0;
    if (kernel_numbers_mounts() && has_attributes) {
        REQUIRE(is_current(scratch));
        return true;
    }
    MESSAGE("the index of the log never stays here");
    return false;
}

void mark_unused_word(const Scratch& scratch) {
    const std::uint32_t word = 0x12345678;
    REQUIRE(::pwrite(scratch.index().get(), &word, sizeof word, kUnusedWord) == sizeof word);
}

bool has_stayed(const Scratch& scratch) {
    std::uint32_t word = 0;
    REQUIRE(::pread(scratch.index().get(), &word, sizeof word, kUnusedWord) == sizeof word);
    return word == 0x12345678;
}

}  // namespace

TEST_CASE("the index of the log stays from one connection to the next") {
    Scratch scratch;
    make(scratch);
    if (!can_stay(scratch)) return;
    mark_unused_word(scratch);
    CHECK(count_rows(scratch.db()) == 2);
    CHECK(has_stayed(scratch));
    {
        Database db{scratch.db(), Database::Access::ReadWrite};
        add_row(db, 3);
    }
    CHECK(has_stayed(scratch));
    CHECK(count_rows(scratch.db()) == 3);
}

TEST_CASE("it stays when the log was checkpointed and begun again") {
    Scratch scratch;
    make(scratch);
    if (!can_stay(scratch)) return;
    {
        Database db{scratch.db(), Database::Access::ReadWrite};
        db.execute("PRAGMA wal_checkpoint(RESTART)");
        add_row(db, 3);
        db.execute("PRAGMA wal_checkpoint(RESTART)");
        add_row(db, 4);
    }
    CHECK(is_current(scratch));
    CHECK(count_rows(scratch.db()) == 4);
}

TEST_CASE("an index of another boot or mount is made anew") {
    Scratch scratch;
    make(scratch);
    if (!can_stay(scratch)) return;
    mark_unused_word(scratch);
    REQUIRE(::fsetxattr(scratch.index().get(), "trusted.skiff.index", "another boot", 12, 0) == 0);
    CHECK_FALSE(is_current(scratch));
    CHECK(count_rows(scratch.db()) == 2);
    CHECK_FALSE(has_stayed(scratch));
    CHECK(is_current(scratch));
}

TEST_CASE("that of an empty log is made anew: the database may be one that was put back") {
    Scratch scratch;
    make(scratch);
    if (!can_stay(scratch)) return;
    const fs::path saved = scratch.path / "saved";
    {
        Database db{scratch.db(), Database::Access::ReadWrite};
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        fs::copy_file(scratch.db(), saved);
        for (int value = 3; value < 300; ++value) add_row(db, value);
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    CHECK_FALSE(is_current(scratch));
    fs::copy_file(saved, scratch.db(), fs::copy_options::overwrite_existing);
    Database db{scratch.db(), Database::Access::ReadWrite};
    auto check = db.prepare("PRAGMA integrity_check");
    REQUIRE(check.step());
    CHECK(check.text(0) == "ok");
    auto count = db.prepare("SELECT count(*) FROM t");
    REQUIRE(count.step());
    CHECK(count.integer(0) == 2);
}

TEST_CASE("an index that knows not all of the log is made anew") {
    Scratch scratch;
    make(scratch);
    if (!can_stay(scratch)) return;
    std::array<char, 136> old;  // up to where the hash tables begin
    REQUIRE(::pread(scratch.index().get(), old.data(), old.size(), 0) == static_cast<ssize_t>(old.size()));
    {
        Database db{scratch.db(), Database::Access::ReadWrite};
        add_row(db, 3);
    }
    CHECK(is_current(scratch));
    REQUIRE(::pwrite(scratch.index().get(), old.data(), old.size(), 0) == static_cast<ssize_t>(old.size()));
    CHECK_FALSE(is_current(scratch));
    CHECK(count_rows(scratch.db()) == 3);
}

TEST_CASE("a log that lost its end is read anew") {
    Scratch scratch;
    make(scratch);
    if (!can_stay(scratch)) return;
    fs::resize_file(scratch.log(), fs::file_size(scratch.log()) - 1);
    CHECK_FALSE(is_current(scratch));
    CHECK(count_rows(scratch.db()) == 1);
}

TEST_CASE("a log whose last frame is another is read anew") {
    Scratch scratch;
    make(scratch);
    if (!can_stay(scratch)) return;
    const auto frame = fs::file_size(scratch.log()) - 1024 - 8;  // the checksum of the last frame
    const UniqueFd log{::open(scratch.log().c_str(), O_RDWR | O_CLOEXEC)};
    const std::uint64_t other = 0;
    REQUIRE(::pwrite(log.get(), &other, sizeof other, static_cast<off_t>(frame)) == sizeof other);
    CHECK_FALSE(is_current(scratch));
    CHECK(count_rows(scratch.db()) == 1);
}

TEST_CASE("a database and its log that were put back are read as they are") {
    Scratch scratch;
    make(scratch);
    if (!can_stay(scratch)) return;
    const fs::path saved = scratch.path / "saved";
    fs::create_directory(saved);
    for (const fs::path& file : {scratch.db(), scratch.log()}) fs::copy_file(file, saved / file.filename());
    {
        Database db{scratch.db(), Database::Access::ReadWrite};
        add_row(db, 3);
        SUBCASE("over one with more in its log") {}
        SUBCASE("over one that was checkpointed") { db.execute("PRAGMA wal_checkpoint(TRUNCATE)"); }
        SUBCASE("over one whose log was begun again") {
            db.execute("PRAGMA wal_checkpoint(RESTART)");
            add_row(db, 4);
        }
    }
    for (const fs::path& file : {scratch.db(), scratch.log()}) fs::copy_file(saved / file.filename(), file, fs::copy_options::overwrite_existing);
    CHECK_FALSE(is_current(scratch));
    CHECK(count_rows(scratch.db()) == 2);
}

TEST_CASE("a log that was checkpointed in part is read anew") {
    Scratch scratch;
    make(scratch);
    if (!can_stay(scratch)) return;
    {
        Database db{scratch.db(), Database::Access::ReadWrite};
        db.execute("PRAGMA wal_checkpoint(PASSIVE)");
    }
    CHECK_FALSE(is_current(scratch));
    CHECK(count_rows(scratch.db()) == 2);
}

TEST_CASE("a writer that is killed anywhere leaves whole transactions") {
    Scratch scratch;
    make(scratch);
    std::int64_t before = 2;
    for (int round = 0; round < 40; ++round) {
        const pid_t writer = ::fork();
        if (writer == 0) {
            Database db{scratch.db(), Database::Access::ReadWrite};
            for (int i = 0;; ++i) {
                Transaction transaction{db};
                for (int k = 0; k < 2; ++k) db.prepare("INSERT INTO t VALUES (?)").bind(std::int64_t{i}).run();
                transaction.commit();
                if (i % 50 == 49) db.execute("PRAGMA wal_checkpoint(PASSIVE)");
            }
        }
        ::usleep(static_cast<useconds_t>(3000 + 700 * round));
        ::kill(writer, SIGKILL);
        ::waitpid(writer, nullptr, 0);
        Database db{scratch.db(), Database::Access::ReadWrite};
        auto check = db.prepare("PRAGMA integrity_check");
        REQUIRE(check.step());
        CHECK(check.text(0) == "ok");
        auto count = db.prepare("SELECT count(*) FROM t");
        REQUIRE(count.step());
        CHECK(count.integer(0) % 2 == 0);
        CHECK(count.integer(0) >= before);
        before = count.integer(0);
    }
}
