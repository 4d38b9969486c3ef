#include <doctest/doctest.h>

#include "archive_builder.h"
#include "image/image_store.h"
#include "util/error.h"
#include "util/text.h"

using namespace skiff;
using namespace skiff::image;
using namespace skiff::image::testing;

namespace {

/// An image without layers: what the store does with names needs none.
NewImage new_image(std::string_view label, const std::vector<std::string>& names, std::string_view annotation = "") {
    const auto config = config_for({}, concat(R"("Labels":{"n":")", label, R"("})"));
    Manifest manifest{std::string{media::kOciManifest}, {std::string{media::kOciConfig}, Digest::of(config), config.size(), {}, {}, {}}, {}, {}};
    if (!annotation.empty()) manifest.annotations.emplace("a", annotation);
    NewImage image{manifest.media_type, write_manifest(manifest), config, {}, {}};
    for (const auto& name : names) image.names.push_back(normalize_reference(name, Default::Localhost));
    return image;
}

struct Fixture {
    ScratchDirectory scratch;
    state::Database db{scratch.path() / "skiff.db", state::Database::Access::ReadWrite};
    ImageStore store{scratch.path(), db};
    Fixture() { state::migrate(db); }

    void add_container(std::string_view image_id) const {
        db.prepare("INSERT INTO container (id, image_id, config, created_at) VALUES (?, ?, '{}', 1)").bind(std::string(64, 'c')).bind(image_id).run();
        db.prepare("INSERT INTO name (name, container_id) VALUES ('web', ?)").bind(std::string(64, 'c')).run();
    }
    ErrorKind failure(const std::function<void()>& step) const {
        try {
            step();
        } catch (const Error& error) {
            return error.kind();
        }
        return ErrorKind::Timeout;  // stands for "no failure"
    }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "image store: found by every way of naming") {
    const auto image = store.add(new_image("a", {"app:1", "quay.io/team/tool"}));
    for (const auto& name : {std::string{"app:1"}, std::string{"localhost/app:1"}, std::string{"tool"}, std::string{"team/tool:latest"}, std::string{"quay.io/team/tool"}, image.id,
                             "sha256:" + image.id, image.id.substr(0, 3), "sha256:" + image.id.substr(0, 12), "app@" + image.manifest_digest.text(), image.manifest_digest.text()}) {
        CAPTURE(name);
        CHECK(store.find(name).id == image.id);
    }
    for (const std::string name : {"app", "app:2", "other/tool", "quay.io/tool", "ool"}) CHECK(failure([&] { store.find(name); }) == ErrorKind::NotFound);
    CHECK(failure([&] { store.find("tool@" + Digest::of("x").text()); }) == ErrorKind::NotFound);
    CHECK(failure([&] { store.find("UPPER"); }) == ErrorKind::Invalid);
    CHECK_FALSE(store.try_resolve("nosuch"));
    CHECK(image.names == std::vector<std::string>{"localhost/app:1", "quay.io/team/tool:latest"});
    CHECK(image.repo_digests.size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "image store: localhost's name wins over docker.io's, two others are ambiguous") {
    const auto local = store.add(new_image("a", {"localhost/x"}));
    const auto hub = store.add(new_image("b", {"docker.io/library/x"}));
    CHECK(store.find("x").id == local.id);
    CHECK(store.find("docker.io/x").id == hub.id);
    store.add(new_image("c", {"one.example/y"}));
    store.add(new_image("d", {"two.example/y"}));
    CHECK(failure([&] { store.find("y"); }) == ErrorKind::Ambiguous);
}

TEST_CASE_FIXTURE(Fixture, "image store: adding again keeps names and answers to both digests") {
    const auto first = store.add(new_image("a", {"app:1"}));
    auto again = new_image("a", {"app:2"}, "changed");
    again.index_digest = Digest::of("index");
    const auto second = store.add(again);
    CHECK(second.id == first.id);
    CHECK(second.names.size() == 2);
    CHECK(second.manifest_digest != first.manifest_digest);
    CHECK(store.find("app@" + first.manifest_digest.text()).id == first.id);
    CHECK(store.find("app@" + Digest::of("index").text()).id == first.id);
    CHECK(store.list().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "image store: a name moves, and is remembered") {
    const auto a = store.add(new_image("a", {"app"}));
    const auto b = store.add(new_image("b", {"app"}));
    CHECK(store.find("app").id == b.id);
    CHECK(store.get(a.id).names.empty());
    CHECK(store.get(a.id).names_history == std::vector<std::string>{"localhost/app:latest"});
    store.tag(a.id, normalize_reference("app", Default::Localhost));
    CHECK(store.find("app").id == a.id);
    CHECK(failure([&] { store.untag(b.id, "localhost/app:latest"); }) == ErrorKind::NotFound);
    CHECK(store.untag_all(a.id).size() == 1);
    CHECK(failure([&] { store.tag(std::string(64, '0'), normalize_reference("x", Default::Localhost)); }) == ErrorKind::NotFound);
}

TEST_CASE_FIXTURE(Fixture, "image store: removal untags, then deletes") {
    const auto image = store.add(new_image("a", {"one", "two"}));
    CHECK_FALSE(store.would_delete(store.resolve("one")));
    const auto first = store.remove("one", {});
    CHECK(first.untagged == std::vector<std::string>{"localhost/one:latest"});
    CHECK(first.deleted.empty());
    const auto second = store.remove("two", {});
    CHECK(second.deleted == std::vector<std::string>{image.id});
    CHECK(store.list().empty());
    CHECK(failure([&] { store.remove("two", {}); }) == ErrorKind::NotFound);
}

TEST_CASE_FIXTURE(Fixture, "image store: an ID with two names needs force, a container stands in the way of both") {
    const auto image = store.add(new_image("a", {"one", "two"}));
    CHECK(failure([&] { store.remove(image.id, {}); }) == ErrorKind::Invalid);
    add_container(image.id);
    CHECK(failure([&] { store.remove(image.id, {.force = true}); }) == ErrorKind::InUse);
    CHECK(store.get(image.id).names.size() == 2);
    CHECK(store.remove("one", {}).deleted.empty());
    CHECK_THROWS_WITH(store.remove("two", {}), concat("image ", image.id.substr(0, 12), ": image is in use by a container: web").c_str());
    CHECK(store.containers_using(image.id).size() == 1);
    CHECK(store.container_counts().at(image.id) == 1);
    require_image(db, image.id);
    CHECK(failure([&] { require_image(db, std::string(64, '0')); }) == ErrorKind::NotFound);
}

TEST_CASE_FIXTURE(Fixture, "image store: refused whole when a layer is missing or documents disagree") {
    auto image = new_image("a", {"app"});
    const auto config = config_for({layer_tar("f", "x")});
    const Manifest manifest{std::string{media::kOciManifest}, {std::string{media::kOciConfig}, Digest::of(config), config.size(), {}, {}, {}},
                            {{std::string{media::kOciLayer}, Digest::of(layer_tar("f", "x")), 10, {}, {}, {}}}, {}};
    CHECK(failure([&] { store.add({image.manifest_type, write_manifest(manifest), config, image.names, {}}); }) == ErrorKind::NotFound);
    CHECK(failure([&] { store.add({image.manifest_type, image.manifest, config, image.names, {}}); }) == ErrorKind::Corrupt);
    CHECK(store.list().empty());
    CHECK_FALSE(store.try_resolve("app"));
}
