#include <doctest/doctest.h>

#include "image/config.h"
#include "image/config_change.h"
#include "util/error.h"
#include "util/text.h"

using namespace skiff;
using namespace skiff::image;
using namespace std::chrono_literals;

namespace {

const std::string kDiff = "sha256:" + std::string(64, 'd');

std::string document(std::string_view section, std::string_view more = "") {
    return concat(R"({"architecture":"amd64","os":"linux","config":{)", section, R"(},"rootfs":{"type":"layers","diff_ids":[")", kDiff, R"("]})", more, "}");
}

bool refused(const std::string& text) {
    try {
        parse_config(text, "x");
    } catch (const Error& error) {
        return error.kind() == ErrorKind::Corrupt || error.kind() == ErrorKind::Unsupported;
    }
    return false;
}

ImageConfig changed(std::initializer_list<const char*> instructions) {
    ImageConfig config;
    for (const auto* instruction : instructions) apply_change(config, instruction);
    return config;
}

}  // namespace

TEST_CASE("config: every member") {
    const auto config = parse_config(document(
        R"("User":"web:www","Env":["A=1","B==x"],"Cmd":["sh","-c","x"],"Entrypoint":["/init"],"WorkingDir":"/srv",)"
        R"("Volumes":{"/data":{},"/a":{}},"ExposedPorts":{"80/tcp":{},"53/udp":{}},"Labels":{"k":"v"},"StopSignal":"SIGINT","Shell":["bash"],"OnBuild":["RUN x"],)"
        R"("Healthcheck":{"Test":["CMD","true"],"Interval":30000000000,"Timeout":5,"StartPeriod":1,"StartInterval":2,"Retries":3})",
        R"(,"created":"2020-01-02T03:04:05Z","author":"me","comment":"c","variant":"v2","docker_version":"1","history":[{"created":"2020-01-02T03:04:05.5Z","created_by":"x","empty_layer":true},{}])"), "x");
    CHECK(config.user == "web:www");
    CHECK(config.env == std::vector<std::string>{"A=1", "B==x"});
    CHECK(config.cmd == std::vector<std::string>{"sh", "-c", "x"});
    CHECK(config.entrypoint == std::vector<std::string>{"/init"});
    CHECK(config.working_dir == "/srv");
    CHECK(config.volumes == std::vector<std::string>{"/a", "/data"});
    CHECK(config.exposed_ports == std::vector<std::string>{"53/udp", "80/tcp"});
    CHECK(config.labels.at("k") == "v");
    CHECK(config.stop_signal == "SIGINT");
    CHECK(config.healthcheck == Healthcheck{{"CMD", "true"}, 30s, 5ns, 1ns, 2ns, 3});
    CHECK(config.shell == std::vector<std::string>{"bash"});
    CHECK(config.on_build == std::vector<std::string>{"RUN x"});
    CHECK(config.platform.text() == "linux/amd64/v2");
    CHECK(rfc3339(*config.created) == "2020-01-02T03:04:05Z");
    REQUIRE(config.diff_ids.size() == 1);
    CHECK(config.diff_ids[0].text() == kDiff);
    REQUIRE(config.history.size() == 2);
    CHECK(config.history[0].empty_layer);
    CHECK_FALSE(config.history[1].created);
}

TEST_CASE("config: null means absent, Go's zero time means unknown") {
    const auto config = parse_config(document(R"("Env":null,"Cmd":null,"Volumes":null,"Labels":null,"Healthcheck":null)", R"(,"created":"0001-01-01T00:00:00Z","history":null)"), "x");
    CHECK(config.env.empty());
    CHECK_FALSE(config.created);
    CHECK_FALSE(config.healthcheck);
    CHECK(parse_config(concat(R"({"config":null,"rootfs":{"diff_ids":[]}})"), "x").diff_ids.empty());
}

TEST_CASE("config: what it writes it reads") {
    auto config = parse_config(document(R"("User":"u","Env":["A=1"],"Cmd":["c"],"Entrypoint":["e"],"WorkingDir":"/w","Volumes":{"/v":{}},"ExposedPorts":{"1/tcp":{}},"Labels":{"a":"b"},"StopSignal":"9","Shell":["s"],"OnBuild":["o"],"Healthcheck":{"Test":["NONE"],"Retries":1})",
                                        R"(,"created":"2020-01-02T03:04:05Z","author":"me","comment":"hi","history":[{"created_by":"x","comment":"y"}])"), "x");
    const auto text = write_config(config);
    CHECK(text == concat(R"({"created":"2020-01-02T03:04:05Z","author":"me","comment":"hi","architecture":"amd64","os":"linux","config":{"User":"u","ExposedPorts":{"1/tcp":{}},"Env":["A=1"],"Entrypoint":["e"],"Cmd":["c"],"Volumes":{"/v":{}},"WorkingDir":"/w","Labels":{"a":"b"},"StopSignal":"9","Healthcheck":{"Test":["NONE"],"Retries":1},"Shell":["s"],"OnBuild":["o"]},"rootfs":{"type":"layers","diff_ids":[")",
                         kDiff, R"("]},"history":[{"created_by":"x","comment":"y"}]})"));
    CHECK(write_config(parse_config(text, "x")) == text);
}

TEST_CASE("config: refused") {
    for (const std::string section : {R"("Env":["HOME"])", R"("Env":["*"])", R"("Env":["A*"])", R"("Env":[""])", R"("Env":["=x"])", R"("Env":["A=\u0000"])",
                                      R"("Env":[1])", R"("Env":"A=1")", R"("Env":{"A":"1"})", R"("Cmd":"sh")", R"("Cmd":["a\u0000b"])", R"("User":1)", R"("User":"a\u0000")",
                                      R"("WorkingDir":["/"])", R"("WorkingDir":"/\u0000")", R"("Volumes":["/a"])", R"("Volumes":{"":{}})", R"("Volumes":{"/a\nb":{}})",
                                      R"("ExposedPorts":{"0/tcp":{}})", R"("ExposedPorts":{"65536/tcp":{}})", R"("ExposedPorts":{"80/icmp":{}})", R"("ExposedPorts":{"x":{}})", R"("ExposedPorts":{"90-80/tcp":{}})",
                                      R"("Labels":{"a":1})", R"("Labels":["a"])", R"("Labels":{"a":"\u0000"})", R"("StopSignal":9)", R"("Healthcheck":[])", R"("Healthcheck":{"Interval":-1})", R"("Healthcheck":{"Retries":-1})", R"("Healthcheck":{"Test":"x"})"}) {
        CAPTURE(section);
        CHECK(refused(document(section)));
    }
    for (const std::string more : {R"(,"created":"yesterday")", R"(,"created":1)", R"(,"history":{})", R"(,"history":[1])", R"(,"history":[{"created":"x"}])", R"(,"os":1)"}) {
        CAPTURE(more);
        CHECK(refused(document("", more)));
    }
    for (const std::string text : {"", "[]", "{}", R"({"rootfs":[]})", R"({"rootfs":{"type":"flat","diff_ids":[]}})", R"({"rootfs":{"diff_ids":["../x"]}})",
                                   R"({"rootfs":{"diff_ids":["sha256:x"]}})", R"({"rootfs":{"diff_ids":[1]}})", R"({"config":[],"rootfs":{"diff_ids":[]}})"}) {
        CAPTURE(text);
        CHECK(refused(text));
    }
    CHECK(refused(concat(R"({"rootfs":{"diff_ids":["sha512:)", std::string(128, 'a'), R"("]}})")));
    CHECK(refused(std::string(kConfigLimitBytes + 1, ' ')));
    std::string many = concat(R"({"rootfs":{"diff_ids":[")", kDiff, "\"");
    for (std::size_t i = 0; i < kLayerCountLimit; ++i) many += concat(",\"", kDiff, "\"");
    CHECK(refused(many + "]}}"));
}

TEST_CASE("change: every instruction in both spellings") {
    const auto config = changed({"CMD=[\"a\", \"b\"]", "entrypoint /bin/run fast", "ENV A=1", "ENV=B=2 C='x y'", "ENV D the rest", "ENV A=3", "EXPOSE 80 53/udp", "LABEL k=v \"k 2\"=w", "ONBUILD RUN x",
                                 "STOPSIGNAL SIGINT", "USER web", "VOLUME [\"/b\"]", "VOLUME /a /b", "WORKDIR /srv", "WORKDIR sub"});
    CHECK(config.cmd == std::vector<std::string>{"a", "b"});
    CHECK(config.entrypoint == std::vector<std::string>{"/bin/sh", "-c", "/bin/run fast"});
    CHECK(config.env == std::vector<std::string>{"A=3", "B=2", "C=x y", "D=the rest"});
    CHECK(config.exposed_ports == std::vector<std::string>{"53/udp", "80/tcp"});
    CHECK(config.labels == std::map<std::string, std::string>{{"k", "v"}, {"k 2", "w"}});
    CHECK(config.on_build == std::vector<std::string>{"RUN x"});
    CHECK(config.stop_signal == "SIGINT");
    CHECK(config.user == "web");
    CHECK(config.volumes == std::vector<std::string>{"/a", "/b"});
    CHECK(config.working_dir == "/srv/sub");
    CHECK(changed({"CMD=/bin/sh"}).cmd == std::vector<std::string>{"/bin/sh", "-c", "/bin/sh"});
}

TEST_CASE("change: refused, and says which one") {
    for (const char* text : {"", "CMD", "CMD ", "RUN x", "ENV A", "ENV =x", "ENV A=1 b", "ENV A='x", "EXPOSE x", "EXPOSE 0", "STOPSIGNAL SIGNOPE", "VOLUME [\"\"]", "USER a\nb", "FROM x"}) {
        ImageConfig config;
        CHECK_THROWS_AS(apply_change(config, text), Error);
    }
    ImageConfig config;
    CHECK_THROWS_WITH(apply_change(config, "RUN x"), "change \"RUN x\": unknown instruction \"RUN\"");
}
