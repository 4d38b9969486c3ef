// What becomes of options, image and containers.conf together. Hostile images: T14, T15, T22 of the security notes.
#include <doctest/doctest.h>

#include <algorithm>

#include "libpod/make_config.h"
#include "util/error.h"

namespace skiff::libpod {
namespace {

using Words = std::vector<std::string>;

ImageFacts image() {
    ImageFacts facts;
    facts.id = std::string(64, '1');
    facts.raw_name = "img";
    facts.cmd = {"sh"};
    return facts;
}
ContainerConfig make(const CreateOptions& options, const ImageFacts& facts, const EngineConfig& engine = {}) {
    return make_config(options, &facts, engine);
}
void check_corrupt(const ImageFacts& facts) {
    try {
        make({}, facts);
        FAIL_CHECK("was accepted");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Corrupt);
        CHECK(std::string{error.what()}.find("img") != std::string::npos);
    }
}

}  // namespace

TEST_CASE("command and entrypoint") {
    auto facts = image();
    facts.entrypoint = {"/entry"};
    facts.cmd = {"default"};
    CreateOptions options;
    CHECK(argv_of(make(options, facts)) == Words{"/entry", "default"});
    options.command = {"x", "y"};
    CHECK(argv_of(make(options, facts)) == Words{"/entry", "x", "y"});
    options.entrypoint = Words{"/mine"};
    CHECK(argv_of(make(options, facts)) == Words{"/mine", "x", "y"});
    options.command.clear();
    CHECK(argv_of(make(options, facts)) == Words{"/mine"});
    options.entrypoint = Words{};
    CHECK_THROWS_AS(make(options, facts), Error);
}

TEST_CASE("environment: each layer over the one before") {
    auto facts = image();
    facts.env = {"PATH=/image", "A=image", "B=image"};
    EngineConfig engine;
    engine.env = {"A=conf", "C=conf"};
    CreateOptions options;
    options.proxy_env = {{"HTTP_PROXY", "p"}};
    options.env = {{"B", "user"}, {"B", "last"}};
    options.env_merge = {"PATH=${PATH}:/more:$A"};
    CHECK(make(options, facts, engine).env ==
          Words{"PATH=/image:/more:image", "container=podman", "A=image", "C=conf", "HTTP_PROXY=p", "B=last"});
    options.unset_env = {"A", "HTTP_PROXY"};
    options.env_merge.clear();
    CHECK(make(options, facts, engine).env == Words{"PATH=/image", "container=podman", "C=conf", "B=last"});
    options.unset_env_all = true;
    CHECK(make(options, facts, engine).env == Words{"B=last"});
}

TEST_CASE("an image's variables are data: nothing comes from the host") {
    auto facts = image();
    facts.env = {"*=x", "A*=y", "D=1", "D=2"};
    const auto env = make({}, facts).env;
    CHECK(std::count(env.begin(), env.end(), "*=x") == 1);
    CHECK(env.back() == "D=2");
    for (const auto& bad : {std::string{"HOME"}, std::string{""}, std::string{"=x"}, std::string{"A*"}, std::string{"A=\0b", 4},
                            "A=" + std::string(1 << 20, 'x')}) {
        facts.env = {bad};
        check_corrupt(facts);
    }
}

TEST_CASE("malformed words of an image are refused") {
    auto facts = image();
    SUBCASE("a relative working directory") { facts.working_dir = "work"; }
    SUBCASE("a user that is none") { facts.user = "-1"; }
    SUBCASE("a user beyond the kernel's numbers") { facts.user = "4294967296"; }
    SUBCASE("a stop signal that is none") { facts.stop_signal = "SIGBOGUS"; }
    SUBCASE("a volume on the root") { facts.volumes = {"/a/.."}; }
    SUBCASE("a relative volume") { facts.volumes = {"a"}; }
    SUBCASE("NUL in the command") { facts.cmd = {std::string{"a\0b", 3}}; }
    check_corrupt(facts);
}

TEST_CASE("working directories in a process's /proc are refused") {
    for (const auto* path : {"/proc/self/fd/7", "/proc/1/root", "/proc/thread-self/cwd"}) {
        CAPTURE(path);
        auto facts = image();
        facts.working_dir = path;
        CHECK_THROWS_AS(make({}, facts), Error);
    }
    auto facts = image();
    facts.working_dir = "/proc/sys";
    CHECK_NOTHROW(make({}, facts));
}

TEST_CASE("an image's labels and annotations switch nothing on") {
    auto facts = image();
    facts.labels = {{"io.podman.annotations.privileged", "TRUE"}, {"run", "podman run --privileged"}};
    facts.annotations = {{"run.oci.handler", "wasm"}, {"org.opencontainers.image.title", "t"}, {"org.opencontainers.image.stopSignal", "9"}};
    const auto config = make({}, facts);
    CHECK(config.labels == facts.labels);
    CHECK(config.annotations == std::map<std::string, std::string>{{"org.opencontainers.image.title", "t"}});
    CHECK_FALSE(config.privileged);
    CHECK(config.stop_signal == 15);
}

TEST_CASE("volumes of an image yield to mounts of the user") {
    auto facts = image();
    facts.volumes = {"/data", "/other/"};
    CreateOptions options;
    options.mounts.push_back({});
    options.mounts[0].source = "/src";
    options.mounts[0].destination = "/data";
    auto config = make(options, facts);
    REQUIRE(config.mounts.size() == 2);
    CHECK(config.mounts[1].destination == "/other");
    CHECK(config.mounts[1].kind == MountKind::Volume);
    options.image_volumes = ImageVolumeMode::Ignore;
    CHECK(make(options, facts).mounts.size() == 1);
    options.image_volumes = ImageVolumeMode::Tmpfs;
    CHECK(make(options, facts).mounts[1].kind == MountKind::Tmpfs);
}

TEST_CASE("namespaces: options over containers.conf over defaults") {
    const auto facts = image();
    EngineConfig engine;
    auto config = make({}, facts, engine);
    CHECK(config.namespaces.pid.kind == NamespaceKind::Private);
    CHECK(config.namespaces.ipc.kind == NamespaceKind::Shareable);
    CHECK(config.namespaces.user.kind == NamespaceKind::Host);
    engine.pidns = "host";
    CHECK(make({}, facts, engine).namespaces.pid.kind == NamespaceKind::Host);
    CreateOptions options;
    options.namespaces.pid = {NamespaceKind::Private, {}};
    CHECK(make(options, facts, engine).namespaces.pid.kind == NamespaceKind::Private);
    engine.pidns = "bogus";
    CHECK_THROWS_AS(make({}, facts, engine), Error);
}

TEST_CASE("a sysctl of a namespace that is the host's: the user's is refused, a default is left out") {
    const auto facts = image();
    CreateOptions options;
    CHECK(make(options, facts).sysctls.size() == 1);
    options.namespaces.network = {NamespaceKind::Host, {}};
    CHECK(make(options, facts).sysctls.empty());
    options.sysctls = {{"net.core.somaxconn", "5"}};
    CHECK_THROWS_AS(make(options, facts), Error);
    options.sysctls = {{"kernel.sem", "1 2 3 4"}};
    CHECK_NOTHROW(make(options, facts));
    options.namespaces.ipc = {NamespaceKind::Host, {}};
    CHECK_THROWS_AS(make(options, facts), Error);
}

TEST_CASE("cgroup parents fit the cgroup manager") {
    const auto facts = image();
    EngineConfig engine;
    CreateOptions options;
    options.cgroup_parent = "/a/b";
    CHECK_NOTHROW(make(options, facts, engine));
    engine.cgroup_manager = "systemd";
    CHECK_THROWS_AS(make(options, facts, engine), Error);
    options.cgroup_parent = "my.slice";
    CHECK_NOTHROW(make(options, facts, engine));
}

TEST_CASE("a hostname and the host's UTS namespace exclude each other") {
    CreateOptions options;
    options.hostname = "x";
    options.namespaces.uts = {NamespaceKind::Host, {}};
    CHECK_THROWS_AS(make(options, image()), Error);
}

}  // namespace skiff::libpod
