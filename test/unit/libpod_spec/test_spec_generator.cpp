#include "libpod/spec/spec_generator.h"

#include <doctest/doctest.h>

#include "util/json.h"

namespace skiff::libpod {

TEST_CASE("a configuration as the request that would make it") {
    ContainerConfig config;
    config.name = "web";
    config.image_id = "abc";
    config.command = {"echo", "hi"};
    config.env = {"A=1", "B=x=y"};
    config.resources.memory_bytes = 1024;
    config.resources.unified = {{"memory.high", "5"}};
    config.ulimits = {{"nofile", 10, 20}};
    config.namespaces.pid = {NamespaceKind::Container, "other"};
    config.restart = {RestartKind::OnFailure, 3};
    config.mounts = {{.kind = MountKind::Bind, .source = "/a", .destination = "/b", .options = {"ro"}},
                     {.kind = MountKind::Volume, .destination = "/anonymous", .from_image = true}};
    config.mounts.push_back({.kind = MountKind::Volume, .source = "data", .destination = "/d", .options = {"ro"}});
    config.ports = {{.host_ip = "127.0.0.1", .host_port = 8080, .container_port = 80}};
    config.exposed_ports = {"80/tcp", "90-91/udp"};
    network::AttachmentConfig front;
    front.ip = network::IpAddress::parse("10.1.0.5");
    front.aliases = {"www"};
    const auto spec = spec_generator(config, {{"front", front}, {"back", {}}});
    CHECK(spec["Networks"]["front"] == OrderedJson{{"static_ips", {"10.1.0.5"}}, {"aliases", {"www"}}});
    CHECK(spec["Networks"]["back"] == OrderedJson::object());
    CHECK(spec["portmappings"][0]["host_port"] == 8080);
    CHECK(spec["portmappings"][0]["protocol"] == "tcp");
    CHECK(spec["expose"] == OrderedJson{{"80", "tcp"}, {"90", "udp"}, {"91", "udp"}});
    CHECK(spec["volumes"] == OrderedJson::array({{{"Name", "data"}, {"Dest", "/d"}, {"Options", {"ro"}}}}));
    CHECK(spec["name"] == "web");
    CHECK(spec["image"] == "abc");
    CHECK(spec["env"]["B"] == "x=y");
    CHECK(spec["resource_limits"]["memory"]["limit"] == 1024);
    CHECK(spec["unified"]["memory.high"] == "5");
    CHECK(spec["r_limits"][0] == OrderedJson{{"type", "RLIMIT_NOFILE"}, {"hard", 20}, {"soft", 10}});
    CHECK(spec["pidns"] == OrderedJson{{"nsmode", "container"}, {"value", "other"}});
    CHECK(spec["restart_policy"] == "on-failure");
    CHECK(spec["restart_tries"] == 3);
    CHECK(spec["mounts"].size() == 1);
    CHECK(spec["mounts"][0]["source"] == "/a");
    CHECK_FALSE(spec.contains("privileged"));
    CHECK_FALSE(spec.contains("rootfs"));
}

}  // namespace skiff::libpod
