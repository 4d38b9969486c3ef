#include "cli/yaml.h"

#include <algorithm>

#include "util/text.h"

namespace skiff::cli {

namespace {

bool is_plain(const std::string& text) {
    static const std::string kWords[] = {"true", "false", "null", "yes", "no", "on", "off", "~"};
    if (text.empty() || std::ranges::find(kWords, lower(text)) != std::end(kWords)) return false;
    if (parse_double(text) || trim(text) != text) return false;
    if (std::string_view{"-?:,[]{}#&*!|>'\"%@`"}.find(text.front()) != std::string_view::npos) return false;
    const bool has_control = std::ranges::any_of(text, [](unsigned char c) { return c < 0x20; });
    return !has_control && text.find(": ") == std::string::npos && text.find(" #") == std::string::npos && text.back() != ':';
}

std::string scalar(const OrderedJson& value) {
    if (value.is_string()) {
        const std::string text = value.get<std::string>();
        return is_plain(text) ? text : dump(value);
    }
    if (value.is_object()) return "{}";
    if (value.is_array()) return "[]";
    return dump(value);
}

bool is_block(const OrderedJson& value) { return value.is_structured() && !value.empty(); }

void append(std::string& out, const OrderedJson& value, std::size_t depth) {
    const std::string indent(depth * 2, ' ');
    if (value.is_object()) {
        for (const auto& [key, element] : value.items()) {
            out += concat(indent, key, ":");
            if (is_block(element)) {
                out += '\n';
                append(out, element, depth + 1);
            } else {
                out += concat(" ", scalar(element), "\n");
            }
        }
        return;
    }
    for (const OrderedJson& element : value) {
        if (!is_block(element)) {
            out += concat(indent, "- ", scalar(element), "\n");
            continue;
        }
        // The first line of the element stands behind the dash.
        std::string block;
        append(block, element, depth + 1);
        out += concat(indent, "- ", block.substr((depth + 1) * 2));
    }
}

}  // namespace

std::string to_yaml(const OrderedJson& document) {
    if (!is_block(document)) return scalar(document) + "\n";
    std::string out;
    append(out, document, 0);
    return out;
}

}  // namespace skiff::cli
