// Replays the corpus of test/fuzz/config_json.cpp: each document cut short, and with each of its members replaced by
// what does not belong there.
#include <doctest/doctest.h>

#include <filesystem>

#include "fuzz/config_json.h"
#include "oci/native/spec_parse.h"
#include "util/files.h"
#include "util/json.h"

using namespace skiff;
using oci::native::fuzz_config_json;

namespace {

std::vector<Json> wrong_values() {
    return {nullptr, true, 0, -1, 1e300, ~std::uint64_t{0}, std::int64_t{1} << 32, "", "x", "/", "../..", std::string("a\0b", 3),
            Json::array(), Json::array({nullptr}), Json::array({-1, "x"}), Json::object(), Json{{"", ""}}, std::string(5000, '/')};
}

/// Every place in the document: members, elements, and the values that hold them.
void collect(const Json& value, const Json::json_pointer& place, std::vector<Json::json_pointer>& places) {
    places.push_back(place);
    if (value.is_object()) {
        for (const auto& [key, member] : value.items()) collect(member, place / key, places);
    }
    if (value.is_array() && !value.empty()) collect(value.front(), place / 0, places);
}

}  // namespace

TEST_CASE("config.json of the fuzz corpus, whole and cut short") {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator{CONFIG_CORPUS}) {
        CAPTURE(entry.path().string());
        const std::string text = read_file(entry.path());
        fuzz_config_json(text);
        for (std::size_t length = 0; length < text.size(); length += text.size() / 300 + 1) fuzz_config_json(std::string_view{text}.substr(0, length));
        ++count;
    }
    CHECK(count >= 10);
}

TEST_CASE("the fuzz corpus has documents that are accepted, so that changes of them reach far") {
    for (const char* name : {"minimal.json", "process-and-mounts.json", "resources.json", "seccomp.json"}) {
        CAPTURE(name);
        CHECK_NOTHROW(oci::native::parse_spec(read_file(std::filesystem::path{CONFIG_CORPUS} / name)));
    }
}

TEST_CASE("config.json of the fuzz corpus with each member replaced") {
    const std::vector<Json> wrong = wrong_values();
    std::size_t tried = 0;
    for (const auto& entry : std::filesystem::directory_iterator{CONFIG_CORPUS}) {
        CAPTURE(entry.path().string());
        const Json document = Json::parse(read_file(entry.path()), nullptr, /*allow_exceptions=*/false);
        if (!document.is_object()) continue;
        std::vector<Json::json_pointer> places;
        collect(document, Json::json_pointer{}, places);
        for (const auto& place : places) {
            for (const Json& value : wrong) {
                Json changed = document;
                changed[place] = value;
                fuzz_config_json(dump(changed));
                ++tried;
            }
        }
    }
    CHECK(tried > 3000);
}
