// The stored form of a container's configuration.
#include <doctest/doctest.h>

#include "libpod/container_config.h"
#include "util/error.h"
#include "util/json.h"

namespace skiff::libpod {
namespace {

ContainerConfig full_config() {
    ContainerConfig config;
    config.id = std::string(64, 'a');
    config.created_at = 1234567890123456789;
    config.command = {"a", "b c", ""};
    config.env = {"A=b"};
    config.labels = {{"k", "v"}};
    config.namespaces.pid = {NamespaceKind::Container, "web"};
    config.namespaces.network = {NamespaceKind::None, {}};
    config.uid_map = {{0, 100000, 65536}};
    config.ulimits = {{"nofile", -1, -1}};
    config.mounts.push_back({});
    config.mounts.back().kind = MountKind::Tmpfs;
    config.mounts.back().destination = "/t";
    config.mounts.back().copy = false;
    config.device_rules = {{'c', 13, std::nullopt, "rwm"}};
    config.resources.memory_bytes = 1LL << 40;
    config.resources.memory_swap_bytes = -1;
    config.resources.unified = {{"memory.high", "5"}};
    config.resources.blkio_weight = 500;
    config.oom_score_adj = -5;
    config.restart = {RestartKind::OnFailure, 3};
    config.image_volumes = ImageVolumeMode::Ignore;
    config.stop_signal = 9;
    config.read_only_tmpfs = false;
    config.dns.searches = {"."};
    return config;
}

}  // namespace

TEST_CASE("a configuration survives its JSON") {
    const auto config = full_config();
    CHECK(read_config(dump(to_json(config))) == config);
}

TEST_CASE("defaults are not stored, and absent members get them") {
    CHECK(to_json(ContainerConfig{}).empty());
    CHECK(read_config("{}") == ContainerConfig{});
    CHECK(read_config(R"({"of a later version": {"x": [1, "]"]}, "terminal": null})") == ContainerConfig{});
}

TEST_CASE("a member of a wrong type or an unknown word is corruption") {
    const std::vector<Json> bad{Json::array(),
                                {{"id", 1}},
                                {{"terminal", "yes"}},
                                {{"stop_signal", "9"}},
                                {{"stop_timeout_s", -1}},
                                {{"preserve_fds", 1LL << 40}},
                                {{"command", "x"}},
                                {{"labels", {{"a", 1}}}},
                                {{"mounts", {{{"kind", "bogus"}}}}},
                                {{"device_rules", {{{"type", "cc"}}}}}};
    for (const auto& document : bad) {
        CAPTURE(document.dump());
        try {
            read_config(document.dump());
            FAIL_CHECK("was accepted");
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::Corrupt);
        }
    }
}

}  // namespace skiff::libpod
