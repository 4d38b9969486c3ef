#include <doctest/doctest.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "state/intent.h"
#include "storage/staging.h"
#include "store_fixture.h"
#include "util/process.h"

using namespace skiff;
using namespace skiff::test;
using namespace skiff::storage;

namespace {

template <typename Work>
ErrorKind kind_of(Work&& work, std::string* text = nullptr) {
    try {
        work();
    } catch (const Error& error) {
        if (text != nullptr) *text = error.what();
        return error.kind();
    }
    FAIL("no error");
    return ErrorKind::System;
}

/// In a child that ends without unwinding: what a crash leaves.
template <typename Work>
void in_dying_child(Work&& work) {
    const pid_t child = ::fork();
    if (child == 0) {
        work();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
}

}  // namespace

TEST_CASE("a blob is stored once, verified, found and removed") {
    const Store store;
    const auto info = store.blobs.add("content");
    CHECK(info.digest == Digest::of("content"));
    CHECK(store.blobs.read(info.digest) == "content");
    CHECK(store.blobs.add("content").digest == info.digest);
    CHECK(store.entries("blobs/sha256") == 1);
    CHECK((fs::status(store.root / "blobs").permissions() & fs::perms::all) == fs::perms::owner_all);
    CHECK((fs::status(store.blobs.path_of(info.digest)).permissions() & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
    store.blobs.remove({info.digest});
    CHECK_FALSE(store.blobs.contains(info.digest));
    CHECK(store.entries("blobs/sha256") == 0);
    store.blobs.remove({info.digest});
}

TEST_CASE("a blob with the wrong digest or size is refused, naming both, and leaves nothing") {
    const Store store;
    MemorySource source{"content"};
    std::string text;
    CHECK(kind_of([&] { store.blobs.add(source, Digest::of("other")); }, &text) == ErrorKind::Corrupt);
    CHECK(text.find(Digest::of("other").text()) != std::string::npos);
    CHECK(text.find(Digest::of("content").text()) != std::string::npos);
    MemorySource longer{"content"};
    CHECK(kind_of([&] { store.blobs.add(longer, Digest::of("content"), 3); }) == ErrorKind::Corrupt);
    MemorySource shorter{"content"};
    CHECK(kind_of([&] { store.blobs.add(shorter, Digest::of("content"), 30); }) == ErrorKind::Corrupt);
    CHECK(store.entries("blobs/sha256") == 0);
    CHECK_FALSE(store.blobs.contains(Digest::of("content")));
    sweep_staging(store.root);
    CHECK(store.entries("staging") == 0);
}

TEST_CASE("a sha512 digest is verified, the blob stored by its sha256") {
    const Store store;
    Hasher hasher{"sha512"};
    hasher.update("content");
    const auto wide = Digest::parse(concat("sha512:", hasher.finish_hex()));
    MemorySource source{"content"};
    CHECK(store.blobs.add(source, wide).digest == Digest::of("content"));
    MemorySource other{"other"};
    CHECK(kind_of([&] { store.blobs.add(other, wide); }) == ErrorKind::Corrupt);
}

TEST_CASE("a blob whose file is gone or cut is not found, and comes again") {
    const Store store;
    const auto info = store.blobs.add("content");
    fs::resize_file(store.blobs.path_of(info.digest), 3);
    CHECK_FALSE(store.blobs.contains(info.digest));
    CHECK(kind_of([&] { [[maybe_unused]] const UniqueFd file = store.blobs.open(info.digest); }) == ErrorKind::NotFound);
    store.blobs.add("content");
    CHECK(store.blobs.read(info.digest) == "content");
    std::ofstream(store.blobs.path_of(info.digest)) << "CONTENT";
    CHECK(kind_of([&] { store.blobs.read(info.digest); }) == ErrorKind::Corrupt);
}

TEST_CASE("what the dead leave in staging is swept, what the living hold stays") {
    const Store store;
    in_dying_child([&] {
        auto* leaked = new StagingEntry{store.root, "dead"};
        std::ofstream(leaked->path() / "file") << "x";
    });
    CHECK(store.entries("staging") == 1);
    {
        const StagingEntry living{store.root, "living"};
        CHECK(sweep_staging(store.root) == 1);
        CHECK(fs::exists(living.path()));
    }
    CHECK(store.entries("staging") == 0);
}

TEST_CASE("a layer is unpacked once, shared, and recorded with size and link" * doctest::skip(not_root())) {
    const Store store;
    const auto tar = TarBuilder{}.file("a", "12345").finish();
    const auto first = store.apply(tar);
    CHECK(first.unpacked);
    CHECK(first.layer.chain_id == Digest::of(tar));
    CHECK(first.layer.size == 5);
    CHECK(fs::read_symlink(store.root / "l" / first.layer.link) == concat("../layers/", first.layer.chain_id.hex(), "/diff"));
    CHECK(read_file(store.layers.diff_path(first.layer) / "a") == "12345");
    bool opened = false;
    const auto again = store.layers.apply({.expected_diff_id = Digest::of(tar)}, [&] {
        opened = true;
        return std::make_unique<MemorySource>(tar);
    });
    CHECK_FALSE(again.unpacked);
    CHECK_FALSE(opened);
    for (const auto* name : {"layers", "l", "staging"}) {
        CHECK((fs::status(store.root / name).permissions() & fs::perms::all) == fs::perms::owner_all);
    }
    CHECK((fs::status(store.layers.diff_path(first.layer).parent_path()).permissions() & fs::perms::all) == fs::perms::owner_all);
    CHECK(store.entries("staging") == 1);  // blobs.lock
}

TEST_CASE("a chain is listed top first; its IDs follow the image specification" * doctest::skip(not_root())) {
    const Store store;
    const auto base = store.apply(TarBuilder{}.file("a").finish());
    const auto middle = store.apply(TarBuilder{}.file("b").finish(), base.layer.chain_id);
    const auto top = store.apply(TarBuilder{}.file("c").finish(), middle.layer.chain_id);
    CHECK(middle.layer.chain_id == Digest::of(concat(base.layer.chain_id.text(), " ", middle.layer.diff_id.text())));
    const auto chain = store.layers.chain(top.layer.chain_id);
    REQUIRE(chain.size() == 3);
    CHECK(chain[0].chain_id == top.layer.chain_id);
    CHECK(chain[2].chain_id == base.layer.chain_id);
    CHECK(kind_of([&] { store.layers.chain(Digest::of("none")); }) == ErrorKind::NotFound);
    CHECK(kind_of([&] { store.apply(TarBuilder{}.file("d").finish(), Digest::of("none")); }) == ErrorKind::NotFound);
}

TEST_CASE("a layer with the wrong diff ID, or refused before publishing, leaves nothing" * doctest::skip(not_root())) {
    const Store store;
    const auto tar = TarBuilder{}.file("a").finish();
    std::string text;
    CHECK(kind_of([&] {
              store.layers.apply({.expected_diff_id = Digest::of("x")}, [&] { return std::make_unique<MemorySource>(tar); });
          }, &text) == ErrorKind::Corrupt);
    CHECK(text.find(Digest::of("x").text()) != std::string::npos);
    CHECK(text.find(Digest::of(tar).text()) != std::string::npos);
    CHECK(kind_of([&] {
              store.layers.apply({.expected_diff_id = Digest::of(tar), .before_publish = [] { throw Error{ErrorKind::Cancelled, "no"}; }},
                                 [&] { return std::make_unique<MemorySource>(tar); });
          }) == ErrorKind::Cancelled);
    CHECK(store.entries("layers") == 0);
    CHECK(store.entries("staging") == 0);
    CHECK_FALSE(store.layers.find(Digest::of(tar)));
}

TEST_CASE("content without a known diff ID is named by what it holds" * doctest::skip(not_root())) {
    const Store store;
    const auto tar = TarBuilder{}.file("a").finish();
    const auto open = [&] { return std::make_unique<MemorySource>(tar); };
    CHECK(store.layers.apply({}, open).layer.chain_id == Digest::of(tar));
    CHECK_FALSE(store.layers.apply({}, open).unpacked);
    CHECK(store.entries("staging") == 1);  // blobs.lock
}

TEST_CASE("of several processes one unpacks a layer, the others use it" * doctest::skip(not_root())) {
    const Store store;
    const auto tar = TarBuilder{}.file("a", std::string(300'000, 'x')).finish();
    std::vector<pid_t> children;
    for (int i = 0; i < 6; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            const state::Database db{store.root / "skiff.db", state::Database::Access::ReadWrite};
            const LayerStore layers{store.root, db};
            try {
                const auto got = layers.apply({.expected_diff_id = Digest::of(tar)}, [&] { return std::make_unique<MemorySource>(tar); });
                ::_exit(got.unpacked ? 1 : 0);
            } catch (...) {
                ::_exit(9);
            }
        }
        children.push_back(child);
    }
    int unpacked = 0;
    for (const auto child : children) {
        int status = 0;
        ::waitpid(child, &status, 0);
        CHECK(WEXITSTATUS(status) <= 1);
        unpacked += WEXITSTATUS(status);
    }
    CHECK(unpacked == 1);
    CHECK(store.entries("layers") == 1);
}

TEST_CASE("a row whose directory is gone is repaired, a directory without row replaced" * doctest::skip(not_root())) {
    const Store store;
    const auto tar = TarBuilder{}.file("a", "good").finish();
    const auto first = store.apply(tar).layer;
    fs::remove_all(store.root / "layers" / first.chain_id.hex());
    CHECK_FALSE(store.layers.lease(first.chain_id));
    CHECK(kind_of([&] { store.layers.lower_dirs(first.chain_id); }) == ErrorKind::Corrupt);
    const auto repaired = store.apply(tar);
    CHECK(repaired.unpacked);
    CHECK(repaired.layer.link == first.link);
    CHECK(read_file(store.root / "l" / first.link / "a") == "good");
    store.db.execute("DELETE FROM layer");
    std::ofstream(store.layers.diff_path(first) / "leftover") << "x";
    CHECK(store.apply(tar).unpacked);
    CHECK_FALSE(fs::exists(store.layers.diff_path(first) / "leftover"));
}

TEST_CASE("unreferenced layers go, those of images and leases stay" * doctest::skip(not_root())) {
    const Store store;
    auto base = store.apply(TarBuilder{}.file("a", "12").finish());
    auto kept = store.apply(TarBuilder{}.file("b", "345").finish(), base.layer.chain_id);
    auto other = store.apply(TarBuilder{}.file("c", "6789").finish(), base.layer.chain_id);
    CHECK(store.layers.remove_unreferenced().count == 0);  // all leased
    store.add_image(std::string(64, 'a'), kept.layer.chain_id);
    base.lease = {};
    kept.lease = {};
    CHECK(store.layers.remove_unreferenced().count == 0);
    other.lease = {};
    const auto removed = store.layers.remove_unreferenced();
    CHECK(removed.count == 1);
    CHECK(removed.bytes == 4);
    CHECK(store.layers.chain(kept.layer.chain_id).size() == 2);
    CHECK_FALSE(fs::exists(store.root / "l" / other.layer.link));
    store.db.execute("DELETE FROM image");
    CHECK(store.layers.remove_unreferenced().count == 2);
    CHECK(store.entries("layers") == 0);
    CHECK(store.entries("l") == 0);
    CHECK(store.entries("staging") == 0);
}

TEST_CASE("a lease ends with its owner" * doctest::skip(not_root())) {
    const Store store;
    in_dying_child([&] {
        const state::Database db{store.root / "skiff.db", state::Database::Access::ReadWrite};
        const LayerStore layers{store.root, db};
        const auto tar = TarBuilder{}.file("a").finish();
        auto* leaked = new LeasedLayer{layers.apply({}, [&] { return std::make_unique<MemorySource>(tar); })};
        CHECK(leaked->unpacked);
    });
    CHECK(store.entries("layers") == 1);
    CHECK(store.layers.remove_unreferenced().count == 1);
    CHECK(store.entries("layers") == 0);
}

TEST_CASE("helper: apply the layer of the crash test" * doctest::skip()) {
    const char* root = std::getenv("SKIFF_TEST_ROOT");
    REQUIRE(root != nullptr);
    const state::Database db{fs::path{root} / "skiff.db", state::Database::Access::ReadWrite};
    const LayerStore layers{root, db};
    const auto tar = TarBuilder{}.file("a", "whole").finish();
    CHECK(layers.apply({.expected_diff_id = Digest::of(tar)}, [&] { return std::make_unique<MemorySource>(tar); }).unpacked);
}

TEST_CASE("a crash at any step of apply leaves what the next apply and a sweep put right" * doctest::skip(not_root())) {
    for (const char* point : {"layer:staged", "layer:unpacked", "layer:synced", "layer:discarded", "layer:renamed", "layer:linked", "layer:recorded"}) {
        CAPTURE(std::string{point});
        const Store store;
        const auto tar = TarBuilder{}.file("a", "whole").finish();
        const auto child = run_program({.argv = {"/proc/self/exe", "--no-skip", "--test-case=helper: apply the layer of the crash test"},
                                        .env = std::vector{concat("SKIFF_FAULT=kill:", point), concat("SKIFF_TEST_ROOT=", store.root.native())}});
        const bool killed = child.status.signal == SIGKILL;
#ifdef SKIFF_FAULTS
        CHECK(killed);
#endif
        if (killed) {
            store.layers.sweep();
            CHECK(store.entries("layers") == (std::string{point} == "layer:recorded" ? 1 : 0));
            CHECK(store.entries("l") == store.entries("layers"));
            store.layers.remove_unreferenced();  // its lease died with it
            CHECK(store.entries("layers") == 0);
            CHECK(store.entries("staging") == 0);
        }
        auto whole = store.apply(tar);
        CHECK(read_file(store.root / "l" / whole.layer.link / "a") == "whole");
        whole.lease = {};
        CHECK(store.layers.remove_unreferenced().count == 1);
        CHECK(store.entries("staging") == 0);
    }
}

TEST_CASE("container directories: made, measured, removed, all of it twice" * doctest::skip(not_root())) {
    const Store store;
    const auto top = store.apply(TarBuilder{}.add({.name = ".", .type = '5', .mode = 0711, .uid = 5}).file("a").finish());
    const std::string id(64, 'c');
    for (int round = 0; round < 2; ++round) store.containers.create(id, top.layer.chain_id);
    CHECK((fs::status(store.containers.directory(id)).permissions() & fs::perms::all) == fs::perms::owner_all);
    struct stat upper {};
    ::stat((store.containers.directory(id) / "upper").c_str(), &upper);
    CHECK((upper.st_mode & 07777) == 0711);
    CHECK(upper.st_uid == 5);
    CHECK(store.containers.diff_size(id) == 0);
    std::ofstream(store.containers.directory(id) / "upper/f") << "12345";
    fs::create_hard_link(store.containers.directory(id) / "upper/f", store.containers.directory(id) / "upper/g");
    CHECK(store.containers.diff_size(id) == 5);
    CHECK(store.containers.exists(id));
    for (int round = 0; round < 2; ++round) store.containers.remove(id);
    CHECK_FALSE(store.containers.exists(id));
    CHECK(kind_of([&] { store.containers.remove("../layers"); }) == ErrorKind::Invalid);
}

TEST_CASE("a tree nested deeper than there are descriptors is removed and measured") {
    const Store store;
    UniqueFd current = open_directory(store.root);
    constexpr int kDepth = 5000;
    for (int i = 0; i < kDepth; ++i) current = make_directory_at(current.get(), "d", 0700);
    { const UniqueFd file = open_at(current.get(), "f", O_WRONLY | O_CREAT, 0600); write_all(file.get(), "123", "f"); }
    current = open_directory(store.root);
    remove_tree_at(current.get(), "d");
    CHECK_FALSE(fs::exists(store.root / "d"));
}
