#include "libpod/config_lines.h"

#include <string_view>

#include "util/text.h"

namespace skiff::libpod {
namespace {

std::string shown(const Json& value) { return value.is_string() ? value.get<std::string>() : dump(value); }

/// A command's words belong together, in their order.
bool is_one_line(std::string_view key) {
    return key == "process.args" || key == "command" || key == "entrypoint";
}

void append(std::vector<ConfigLine>& lines, const std::string& key, const Json& value) {
    if (key == "linux.seccomp.syscalls") {
        lines.push_back({key, concat(value.size(), " rules")});
    } else if (value.is_object()) {
        for (const auto& [name, member] : value.items()) append(lines, key.empty() ? name : concat(key, ".", name), member);
    } else if (value.is_array() && !is_one_line(key)) {
        for (const Json& element : value) lines.push_back({concat(key, "[]"), shown(element)});
    } else {
        lines.push_back({key, shown(value)});
    }
}

}  // namespace

std::vector<ConfigLine> lines_of(const Json& document) {
    std::vector<ConfigLine> lines;
    append(lines, {}, document);
    return lines;
}

}  // namespace skiff::libpod
