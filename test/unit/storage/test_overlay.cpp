#include <doctest/doctest.h>
#include <sys/mount.h>
#include <sys/xattr.h>

#include "store_fixture.h"
#include "util/worker.h"

using namespace skiff;
using namespace skiff::test;
using namespace skiff::storage;

namespace {

std::string read_in(int mount, const std::string& path) {
    const UniqueFd file = open_in_root(mount, path, O_RDONLY);
    return read_all(file.get(), 1U << 20, path);
}

void write_in(int mount, const std::string& path, const std::string& text) {
    const UniqueFd file = open_in_root(mount, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    write_all(file.get(), text, path);
}

bool exists_in(int mount, const std::string& path) { return static_cast<bool>(open_in_root_if_exists(mount, path, O_PATH)); }

/// `count` layers, each with a file of its number and one file that all of them have.
std::vector<LeasedLayer> stack(const Store& store, int count) {
    std::vector<LeasedLayer> layers;
    std::optional<Digest> parent;
    for (int i = 0; i < count; ++i) {
        layers.push_back(store.apply(TarBuilder{}.file("n" + std::to_string(i), std::to_string(i)).file("all", std::to_string(i)).finish(), parent));
        parent = layers.back().layer.chain_id;
    }
    return layers;
}

/// The same as rows and directories, without the cost of a thousand syncs.
std::vector<Digest> quick_stack(const Store& store, int count) {
    std::vector<Digest> chain;
    fs::create_directories(store.root / "l");
    state::Transaction transaction{store.db};
    for (int i = 0; i < count; ++i) {
        const auto id = Digest::of(concat("layer ", i));
        const auto diff = store.root / "layers" / id.hex() / "diff";
        fs::create_directories(diff);
        std::ofstream(diff / concat("n", i)) << i;
        std::ofstream(diff / "all") << i;
        const auto link = concat("LNK", 100 + i);
        fs::create_symlink(concat("../layers/", id.hex(), "/diff"), store.root / "l" / link);
        store.db.prepare("INSERT INTO layer (chain_id, parent, diff_id, size, link, created_at) VALUES (?, ?, ?, 0, ?, 0)")
            .bind(id.text()).bind(chain.empty() ? std::nullopt : std::optional{chain.back().text()}).bind(id.text()).bind(link).run();
        chain.push_back(id);
    }
    transaction.commit();
    return chain;
}

const std::string kId(64, 'd');

constexpr OverlayMethod kMethods[] = {OverlayMethod::Append, OverlayMethod::Joined, OverlayMethod::OnePage};

bool overlay_works() {
    static const bool works = [] {
        if (not_root()) return false;
        try {
            const Scratch scratch;
            const UniqueFd mount = mount_overlay({.lower = {{scratch.root(), {}}, {scratch.path() / "canary", {}}}});
            return true;
        } catch (const Error&) {
            return false;
        }
    }();
    return works;
}

}  // namespace

TEST_CASE("a container writes above its image, by each way of mounting" * doctest::skip(!overlay_works())) {
    for (const auto method : kMethods) {
        CAPTURE(static_cast<int>(method));
        const Store store;
        const auto layers = stack(store, 3);
        const auto& top = layers.back().layer;
        store.containers.create(kId, top.chain_id);
        auto spec = store.containers.overlay_spec(kId, top.chain_id);
        UniqueFd mount;
        try {
            mount = mount_overlay(spec, method);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::Unsupported) continue;  // an older kernel: the next method
            throw;
        }
        CHECK(read_in(mount.get(), "all") == "2");
        CHECK(read_in(mount.get(), "n0") == "0");
        write_in(mount.get(), "n0", "changed");
        CHECK(store.containers.diff_size(kId) == 7);
        CHECK(read_file(store.layers.diff_path(store.layers.chain(top.chain_id).back()) / "n0") == "0");
    }
}

TEST_CASE("whiteouts, opaque directories and an opaque root take effect" * doctest::skip(!overlay_works())) {
    const Store store;
    const auto base = store.apply(TarBuilder{}.file("a").file("d/low").file("e/low").file("f/low").finish());
    const auto second = store.apply(TarBuilder{}.file(".wh.a", "").file("d/.wh..wh..opq", "").file("d/new").file("e/.wh.low", "")
                                        .file(".wh.f", "").file("f/new").finish(), base.layer.chain_id);
    {
        const UniqueFd mount = mount_overlay(store.containers.image_spec(second.layer.chain_id));
        CHECK_FALSE(exists_in(mount.get(), "a"));
        CHECK_FALSE(exists_in(mount.get(), "d/low"));
        CHECK(exists_in(mount.get(), "d/new"));
        CHECK(exists_in(mount.get(), "e"));
        CHECK_FALSE(exists_in(mount.get(), "e/low"));
        CHECK_FALSE(exists_in(mount.get(), "f/low"));
        CHECK(exists_in(mount.get(), "f/new"));
    }
    const auto third = store.apply(TarBuilder{}.file(".wh..wh..opq", "").file("only").finish(), second.layer.chain_id);
    const UniqueFd mount = mount_overlay(store.containers.image_spec(third.layer.chain_id));
    CHECK(exists_in(mount.get(), "only"));
    CHECK_FALSE(exists_in(mount.get(), "e"));
    CHECK_FALSE(exists_in(mount.get(), "d"));
}

TEST_CASE("128 and 400 layers are mounted, by the newest way and by one page" * doctest::skip(!overlay_works())) {
    const Store store;
    const auto layers = quick_stack(store, 400);
    for (const int count : {128, 400}) {
        const auto& top = layers[static_cast<std::size_t>(count - 1)];
        store.containers.create(kId, top);
        const auto spec = store.containers.overlay_spec(kId, top);
        CHECK(spec.lower.size() == static_cast<std::size_t>(count));
        for (const auto method : {OverlayMethod::Append, OverlayMethod::OnePage}) {
            CAPTURE(count);
            CAPTURE(static_cast<int>(method));
            UniqueFd mount;
            try {
                mount = mount_overlay(spec, method);
            } catch (const Error& error) {
                if (error.kind() == ErrorKind::Unsupported && method == OverlayMethod::Append) continue;
                throw;
            }
            CHECK(read_in(mount.get(), "all") == std::to_string(count - 1));
            CHECK(read_in(mount.get(), "n0") == "0");
            write_in(mount.get(), "n1", "new");
        }
        CHECK_THROWS_AS((void)mount_overlay(spec, OverlayMethod::Joined), Error);
    }
}

TEST_CASE("more layers than the kernel takes are merged" * doctest::skip(!overlay_works())) {
    const Store store;
    const auto top = quick_stack(store, 505).back();
    const auto lower = store.layers.lower_dirs(top);
    CHECK(lower.size() == kMaxLowerDirs);
    const UniqueFd mount = mount_overlay(store.containers.image_spec(top));
    CHECK(read_in(mount.get(), "all") == "504");
    CHECK(read_in(mount.get(), "n0") == "0");
    CHECK(read_in(mount.get(), "n5") == "5");
    store.add_image(std::string(64, 'a'), top);
    CHECK(store.layers.lower_dirs(top).back().link == lower.back().link);  // made once
    CHECK(store.layers.remove_unreferenced().count == 0);                           // kept with its image
}

TEST_CASE("a merged layer is what the overlay shows" * doctest::skip(!overlay_works())) {
    const Store store;
    const auto base = store.apply(TarBuilder{}.add({.name = "d", .type = '5', .mode = 0700, .mtime = 1, .pax = {{"SCHILY.xattr.user.low", "1"}}})
                                      .file("d/x", "low").file("gone").file("o/low").file("file").file("tree/a/b").finish());
    const auto top = store.apply(TarBuilder{}.add({.name = ".", .type = '5', .mode = 0750, .mtime = 9})
                                     .add({.name = "d", .type = '5', .mode = 01777, .uid = 8, .mtime = 2}).file("d/y", "top", 04755).file(".wh.gone", "")
                                     .file("o/.wh..wh..opq", "").file("o/new").file("file", "second").file(".wh.tree", "").file("tree", "leaf")
                                     .file("h1", "same").hard_link("h2", "h1").symlink("s", "nowhere")
                                     .add({.name = "fifo", .type = '6', .mode = 0600, .gid = 3}).finish(), base.layer.chain_id);
    const auto merged = store.layers.flatten(top.layer.chain_id);
    const auto root = store.layers.diff_path(merged.layer);
    const auto status = [&](const char* name) {
        struct stat found {};
        CHECK(::lstat((root / name).c_str(), &found) == 0);
        return found;
    };
    CHECK((status(".").st_mode & 07777) == 0750);
    CHECK(status(".").st_mtim.tv_sec == 9);
    CHECK((status("d").st_mode & 07777) == 01777);
    CHECK(status("d").st_uid == 8);
    CHECK(status("d").st_mtim.tv_sec == 2);
    char value[8];
    CHECK(::lgetxattr((root / "d").c_str(), "user.low", value, sizeof value) < 0);
    CHECK(read_file(root / "d/x") == "low");
    CHECK((status("d/y").st_mode & 07777) == 04755);
    CHECK_FALSE(fs::exists(root / "gone"));
    CHECK_FALSE(fs::exists(root / "o/low"));
    CHECK(read_file(root / "file") == "second");
    CHECK(read_file(root / "tree") == "leaf");
    CHECK(status("h1").st_ino == status("h2").st_ino);
    CHECK(fs::read_symlink(root / "s") == "nowhere");
    CHECK(S_ISFIFO(status("fifo").st_mode));
    CHECK(status("fifo").st_gid == 3);
    CHECK(merged.layer.size == 3 + 3 + 1 + 6 + 4 + 4);
}

TEST_CASE("the kernel must confirm exclusive use of an upper directory" * doctest::skip(!overlay_works())) {
    const Store store;
    const auto layers = stack(store, 2);
    const auto& top = layers.back().layer;
    store.containers.create(kId, top.chain_id);
    auto spec = store.containers.overlay_spec(kId, top.chain_id);
    spec.busy_timeout = std::chrono::milliseconds{20};
    CHECK_FALSE(upper_in_use(spec.upper, spec.work));
    UniqueFd mount = mount_overlay(spec);
    CHECK(upper_in_use(spec.upper, spec.work));
    for (const auto method : kMethods) {
        CAPTURE(static_cast<int>(method));
        try {
            const UniqueFd second = mount_overlay(spec, method);
            FAIL("mounted twice");
        } catch (const Error& error) {
            const bool expected = error.kind() == ErrorKind::InUse || error.kind() == ErrorKind::Unsupported;
            CHECK(expected);
        }
    }
    mount.reset();
    CHECK_FALSE(upper_in_use(spec.upper, spec.work));
    const UniqueFd again = mount_overlay(spec);
    CHECK(read_in(again.get(), "n0") == "0");
}

TEST_CASE("a volatile mount can be mounted again" * doctest::skip(!overlay_works())) {
    const Store store;
    const auto layers = stack(store, 2);
    const auto& top = layers.back().layer;
    store.containers.create(kId, top.chain_id);
    auto spec = store.containers.overlay_spec(kId, top.chain_id);
    spec.volatile_ = true;
    {
        const UniqueFd mount = mount_overlay(spec);
        write_in(mount.get(), "new", "1");
    }
    CHECK(fs::exists(spec.work / "work/incompat/volatile"));
    const UniqueFd mount = mount_overlay(spec);
    CHECK(read_in(mount.get(), "new") == "1");
}

TEST_CASE("names with separators, a plain directory below, and a place to attach" * doctest::skip(!overlay_works())) {
    const Store store;
    const auto odd = store.scratch.path() / "a,b:c\\d \"e";
    fs::create_directories(odd);
    std::ofstream(odd / "f") << "odd";
    store.containers.create(kId, std::nullopt);
    const auto spec = store.containers.overlay_spec_over(kId, odd);
    for (const auto method : kMethods) {
        CAPTURE(static_cast<int>(method));
        try {
            const UniqueFd mount = mount_overlay(spec, method);
            CHECK(read_in(mount.get(), "f") == "odd");
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::Unsupported);
        }
    }
    // In a mount namespace of a child's own: a failing test leaves nothing mounted.
    CHECK(run_in_worker("attaching", [&](const WorkerChannel&) {
              if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return std::string{"no namespace"};
              const auto target = store.scratch.path() / "target";
              fs::create_directories(target);
              mount_overlay_at(spec, target);
              return read_file(target / "f");
          }) == "odd");
}

TEST_CASE("an image view is read-only, a container without image starts empty" * doctest::skip(!overlay_works())) {
    const Store store;
    const auto layers = stack(store, 1);
    const UniqueFd view = mount_overlay(store.containers.image_spec(layers[0].layer.chain_id));
    CHECK(read_in(view.get(), "n0") == "0");
    CHECK_THROWS_AS(write_in(view.get(), "x", "y"), Error);
    store.containers.create(kId, std::nullopt);
    const UniqueFd empty = mount_overlay(store.containers.overlay_spec(kId, std::nullopt));
    CHECK(list_directory(empty.get()).empty());
    write_in(empty.get(), "x", "y");
}

TEST_CASE("stacking too deep is said so" * doctest::skip(!overlay_works())) {
    const auto text = run_in_worker("stacking", [](const WorkerChannel&) {
        if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return std::string{"no namespace"};
        const Store store;
        fs::path lower = store.scratch.path() / "base";
        fs::create_directories(lower);
        for (int depth = 0; depth < 4; ++depth) {
            const std::string id(64, static_cast<char>('a' + depth));
            store.containers.create(id, std::nullopt);
            const auto target = store.scratch.path() / ("merged" + std::to_string(depth));
            fs::create_directories(target);
            try {
                mount_overlay_at(store.containers.overlay_spec_over(id, lower), target);
            } catch (const Error& error) {
                for (int below = depth - 1; below >= 0; --below) ::umount2((store.scratch.path() / ("merged" + std::to_string(below))).c_str(), MNT_DETACH);
                return std::string{error.what()};
            }
            lower = target;
        }
        return std::string{"no error"};
    });
    CHECK(text.find("itself on an overlay") != std::string::npos);
}
