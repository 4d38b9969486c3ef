#include "util/yaml_document.h"

#include <yaml.h>

#include <charconv>
#include <map>
#include <string>

#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff {
namespace {

constexpr int kDeepestLevel = 64;
constexpr std::size_t kMostValues = 100'000;

std::string_view text_of(const yaml_char_t* text) { return reinterpret_cast<const char*>(text); }

/// Plain ones have types; quoted ones are strings.
Json scalar_of(std::string_view text, bool plain) {
    if (!plain) return std::string{text};
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    const bool octal = text.starts_with("0o");
    const bool hex = text.starts_with("0x");
    std::int64_t whole = 0;
    const char* const begin = text.data() + (octal || hex ? 2 : text.front() == '+' ? 1 : 0);
    const char* const end = text.data() + text.size();
    const auto integer = std::from_chars(begin, end, whole, octal ? 8 : hex ? 16 : 10);
    if (integer.ec == std::errc{} && integer.ptr == end) return whole;
    double number = 0;
    const bool numeric = text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
    const auto real = std::from_chars(begin, end, number);
    if (numeric && real.ec == std::errc{} && real.ptr == end) return number;
    return std::string{text};
}

/// One event of the parser, freed with its owner.
class Event {
public:
    Event() = default;
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    ~Event() { yaml_event_delete(&event); }
    yaml_event_t event{};
};

class YamlReader {
public:
    YamlReader(std::string_view text, std::string_view name) : name_{name} {
        if (yaml_parser_initialize(&parser_) == 0) throw Error{ErrorKind::System, "no memory for a YAML parser"};
        yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    }
    YamlReader(const YamlReader&) = delete;
    YamlReader& operator=(const YamlReader&) = delete;
    ~YamlReader() { yaml_parser_delete(&parser_); }

    Json document() {
        for (;;) {
            Event next;
            read(next);
            if (next.event.type == YAML_STREAM_END_EVENT) return nullptr;
            if (next.event.type == YAML_DOCUMENT_START_EVENT) break;
        }
        Event first;
        read(first);
        return value(first.event, 0);
    }

private:
    [[noreturn]] void fail(std::string_view what, std::size_t line) const {
        throw Error{ErrorKind::Corrupt, concat(name_, " line ", line + 1, ": ", what)};
    }
    void read(Event& event) {
        if (yaml_parser_parse(&parser_, &event.event) == 0) fail(parser_.problem == nullptr ? "malformed" : parser_.problem, parser_.problem_mark.line);
    }
    void count(std::size_t values, const yaml_event_t& at) {
        values_ += values;
        if (values_ > kMostValues) fail("too many values", at.start_mark.line);
    }

    Json value(const yaml_event_t& event, int depth) {
        if (depth > kDeepestLevel) fail("too deep", event.start_mark.line);
        count(1, event);
        switch (event.type) {
            case YAML_SCALAR_EVENT: {
                const auto& scalar = event.data.scalar;
                const std::string_view text{reinterpret_cast<const char*>(scalar.value), scalar.length};
                return anchored(scalar.anchor, scalar_of(text, scalar.style == YAML_PLAIN_SCALAR_STYLE));
            }
            case YAML_SEQUENCE_START_EVENT: return anchored(event.data.sequence_start.anchor, sequence(depth));
            case YAML_MAPPING_START_EVENT: return anchored(event.data.mapping_start.anchor, mapping(depth));
            case YAML_ALIAS_EVENT: return aliased(event);
            default: fail("unexpected", event.start_mark.line);
        }
    }
    Json anchored(const yaml_char_t* anchor, Json made) {
        if (anchor != nullptr) anchors_[std::string{text_of(anchor)}] = {made, 1};
        return made;
    }
    Json anchored(const yaml_char_t* anchor, std::pair<Json, std::size_t> made) {
        if (anchor != nullptr) anchors_[std::string{text_of(anchor)}] = made;
        return std::move(made.first);
    }
    Json aliased(const yaml_event_t& event) {
        const auto found = anchors_.find(std::string{text_of(event.data.alias.anchor)});
        if (found == anchors_.end()) fail("an alias without anchor", event.start_mark.line);
        count(found->second.second, event);
        return found->second.first;
    }

    /// With how many values are in it.
    std::pair<Json, std::size_t> sequence(int depth) {
        const std::size_t before = values_;
        Json list = Json::array();
        for (;;) {
            Event element;
            read(element);
            if (element.event.type == YAML_SEQUENCE_END_EVENT) return {std::move(list), values_ - before};
            list.push_back(value(element.event, depth + 1));
        }
    }
    std::pair<Json, std::size_t> mapping(int depth) {
        const std::size_t before = values_;
        Json table = Json::object();
        for (;;) {
            Event key;
            read(key);
            if (key.event.type == YAML_MAPPING_END_EVENT) return {std::move(table), values_ - before};
            if (key.event.type != YAML_SCALAR_EVENT) fail("a key is no string", key.event.start_mark.line);
            const std::string name{reinterpret_cast<const char*>(key.event.data.scalar.value), key.event.data.scalar.length};
            if (table.contains(name)) fail(concat("key ", quote(name), " is there twice"), key.event.start_mark.line);
            Event element;
            read(element);
            table[name] = value(element.event, depth + 1);
        }
    }

    std::string name_;
    yaml_parser_t parser_{};
    std::map<std::string, std::pair<Json, std::size_t>> anchors_;
    std::size_t values_ = 0;
};

}  // namespace

nlohmann::json parse_yaml(std::string_view text, std::string_view name) { return YamlReader{text, name}.document(); }

}  // namespace skiff
