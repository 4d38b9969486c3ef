#include <doctest/doctest.h>

#include <vector>

#include "util/error.h"
#include "util/json.h"
#include "util/json_reader.h"

using namespace skiff;

namespace {

/// The document again, through the reader.
Json rebuilt(JsonReader& reader) {
    switch (reader.kind()) {
        case JsonReader::Kind::Object: {
            Json out = Json::object();
            reader.object([&](std::string_view key) { out[std::string{key}] = rebuilt(reader); });
            return out;
        }
        case JsonReader::Kind::Array: {
            Json out = Json::array();
            reader.array([&] { out.push_back(rebuilt(reader)); });
            return out;
        }
        case JsonReader::Kind::String: return reader.string();
        case JsonReader::Kind::Number: return *reader.signed_integer();
        case JsonReader::Kind::Boolean: return reader.boolean();
        case JsonReader::Kind::Null: reader.skip(); return nullptr;
    }
    return {};
}

Json rebuilt(std::string_view text) {
    JsonReader reader{text, "test"};
    Json out = rebuilt(reader);
    reader.end();
    return out;
}

}  // namespace

TEST_CASE("json reader: what the parser reads, it reads") {
    const std::vector<std::string> documents{
        R"({})", R"([])", R"( [ 1 , -2,3 ] )", R"({"a":{"b":[true,false,null,"x"]},"":""})",
        R"({"q\"\u00e9\\":"\ud83d\ude00\n\t","]":"}"})", R"("plain")", R"([[],[[]],{}])", R"(-9223372036854775808)"};
    for (const auto& text : documents) {
        CAPTURE(text);
        CHECK(rebuilt(text) == parse_json(text, "test"));
        JsonReader whole{text, "test"};
        whole.skip();
        whole.end();
    }
}

TEST_CASE("json reader: what is cut short or not JSON is corruption, never a read past the end") {
    const std::string text = R"({"a":[1,true,"x\"y"],"b":{"c":null}})";
    for (std::size_t length = 0; length < text.size(); ++length) {
        CAPTURE(length);
        CHECK_THROWS_AS(rebuilt(std::string_view{text}.substr(0, length)), Error);
        JsonReader reader{std::string_view{text}.substr(0, length), "test"};
        CHECK_THROWS_AS(reader.skip(), Error);
    }
    for (const char* bad : {"[1 2]", "{\"a\" 1}", "{1:2}", "[1]]", "\"\\", "]", "[tru]", "{\"a\":1,}", "\"\\x\""}) {
        CAPTURE(bad);
        CHECK_THROWS_AS(rebuilt(bad), Error);
    }
}

TEST_CASE("json reader: numbers that are not whole or too large are told from others") {
    JsonReader fraction{"1.5", "test"}, exponent{"1e3", "test"}, large{"9223372036854775808", "test"};
    CHECK_FALSE(fraction.signed_integer());
    CHECK_FALSE(exponent.signed_integer());
    CHECK_FALSE(large.signed_integer());
    JsonReader fits{"9223372036854775808", "test"}, negative{"-1", "test"};
    CHECK(fits.unsigned_integer() == 9223372036854775808U);
    CHECK_FALSE(negative.unsigned_integer());
}
