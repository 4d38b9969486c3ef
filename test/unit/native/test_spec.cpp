#include <doctest/doctest.h>
#include <sched.h>

#include "oci/native/cli_run.h"
#include "oci/native/errors.h"
#include "oci/native/id.h"
#include "oci/native/names.h"
#include "oci/native/spec_parse.h"

using namespace skiff;
using namespace skiff::oci::native;

namespace {

Json minimal() {
    return Json::parse(R"({"ociVersion":"1.0.2","root":{"path":"rootfs"},
        "process":{"args":["true"],"cwd":"/","user":{"uid":1,"gid":2}},
        "linux":{"namespaces":[{"type":"mount"},{"type":"pid"}]}})");
}

Json with(const char* pointer, Json value) {
    Json document = minimal();
    document[Json::json_pointer{pointer}] = std::move(value);
    return document;
}

std::string refusal(const Json& document) {
    try {
        spec_of(document);
    } catch (const ConfigInvalid& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("a container ID is a plain file name") {
    for (const char* id : {"a", "A9_+.-", "..a", ".hidden"}) CHECK_NOTHROW(check_id(id));
    for (const char* id : {"", ".", "..", "a/b", "a b", "../x", "a\n", "@cache", "\xc3\xa9"}) CHECK_THROWS_AS(check_id(id), InvalidId);
    CHECK_NOTHROW(check_id(std::string(1024, 'x')));
    CHECK_THROWS_AS(check_id(std::string(1025, 'x')), InvalidId);
}

TEST_CASE("a minimal spec is read") {
    const Spec spec = spec_of(minimal());
    CHECK(spec.root_path == "rootfs");
    CHECK(spec.process.user.uid == 1);
    CHECK(spec.find_namespace(CLONE_NEWPID) != nullptr);
    CHECK(spec.find_namespace(CLONE_NEWNET) == nullptr);
    CHECK(spec.process.capabilities.bounding == 0);
}

TEST_CASE("the example that `spec` writes is valid") {
    const Spec spec = parse_spec(example_spec());
    CHECK(spec.mounts.size() == 7);
    CHECK(spec.process.capabilities.bounding == spec.process.capabilities.permitted);
    CHECK(spec.process.no_new_privileges);
}

TEST_CASE("wrong types and ranges name their place") {
    CHECK(refusal(with("/process/args", "true")).find("process.args") != std::string::npos);
    CHECK(refusal(with("/process/user/uid", -1)).find("process.user.uid is out of range") != std::string::npos);
    CHECK(refusal(with("/process/user/uid", 4294967296)).find("out of range") != std::string::npos);
    CHECK(refusal(with("/process/user/uid", 4294967295)).find("the kernel does not have") != std::string::npos);
    CHECK(refusal(with("/process/user/uid", 1.5)).find("must be an integer") != std::string::npos);
    CHECK(refusal(with("/linux/resources/memory/limit", "1g")).find("linux.resources.memory.limit") != std::string::npos);
    CHECK(refusal(with("/linux/namespaces/0/type", "mnt")).find("no kind of namespace") != std::string::npos);
    CHECK(refusal(with("/mounts", Json::array({Json::object()}))).find("mounts[0].destination is missing") != std::string::npos);
}

TEST_CASE("NUL bytes, second namespaces, relative paths are refused") {
    CHECK(refusal(with("/process/args", Json::array({std::string("a\0b", 3)}))).find("NUL") != std::string::npos);
    CHECK(refusal(with("/linux/namespaces", Json::parse(R"([{"type":"mount"},{"type":"mount"}])"))).find("second") != std::string::npos);
    CHECK(refusal(with("/process/cwd", "tmp")).find("absolute") != std::string::npos);
    CHECK(refusal(with("/linux/maskedPaths", Json::array({"proc/kcore"}))).find("absolute") != std::string::npos);
    CHECK(refusal(with("/process/args", Json::array())).find("must not be empty") != std::string::npos);

    CHECK(refusal(with("/process/env", Json::array({"A"}))).find("NAME=VALUE") != std::string::npos);
}

TEST_CASE("a field needs the namespace that it lives in") {
    CHECK(refusal(with("/hostname", "h")).find("uts namespace") != std::string::npos);
    CHECK(refusal(with("/linux/uidMappings", Json::parse(R"([{"containerID":0,"hostID":1000,"size":1}])"))).find("user namespace") != std::string::npos);
    CHECK(refusal(with("/linux/sysctl", Json{{"net.ipv4.ip_forward", "1"}})).find("change the host") != std::string::npos);
}

TEST_CASE("text that is no JSON object is a ConfigInvalid") {
    for (const char* text : {"", "[]", "null", "{", "{\"ociVersion\":1}", "{\"ociVersion\":\"2.0\"}"}) CHECK_THROWS_AS(parse_spec(text), ConfigInvalid);
    CHECK_THROWS_AS(parse_spec(std::string(200000, '[')), ConfigInvalid);
}

TEST_CASE("capabilities, limits, rules are turned into numbers") {
    const Spec spec = spec_of(with("/process/capabilities", Json{{"bounding", {"CAP_CHOWN", "CAP_BPF", "CAP_OF_THE_FUTURE"}}}));
    CHECK(spec.process.capabilities.bounding == ((1ULL << 0) | (1ULL << 39)));
    CHECK(refusal(with("/process/capabilities", Json{{"bounding", {"chown everything"}}})).find("no capability") != std::string::npos);
    CHECK(refusal(with("/process/rlimits", Json::parse(R"([{"type":"RLIMIT_NOFILE","soft":2,"hard":1}])"))).find("soft limit above") != std::string::npos);
    CHECK(capability_number("cap_sys_admin") == 21);
    CHECK(capability_number("SYS_ADMIN") == 21);
    const Resources resources = parse_resources(Json::parse(R"({"devices":[{"allow":true,"type":"c","major":1,"minor":-1,"access":"rw"}]})"));
    CHECK(resources.devices.at(0).major == 1);
    CHECK_FALSE(resources.devices.at(0).minor.has_value());
}

TEST_CASE("damaged documents are accepted or refused, never anything else") {
    const std::string good = example_spec();
    std::uint64_t state = 88172645463325252ULL;  // xorshift: the same damage in every run
    const auto next = [&](std::size_t bound) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return static_cast<std::size_t>(state % bound);
    };
    int refused = 0;
    for (int round = 0; round < 2000; ++round) {
        std::string text = good;
        for (std::size_t changes = 1 + next(4); changes > 0; --changes) {
            const std::size_t at = next(text.size());
            switch (next(3)) {
                case 0: text[at] = "0123456789-{}[]\",:nulltrue."[next(27)]; break;
                case 1: text.erase(at, 1 + next(20)); break;
                default: text.insert(at, text.substr(next(text.size()), next(40)));
            }
        }
        try {
            parse_spec(text);
        } catch (const ConfigInvalid&) {
            ++refused;
        }
    }
    CHECK(refused > 1000);
}
