#include <fcntl.h>

#include <functional>

#include "libpod/parse/refuse.h"
#include "libpod/parse/values.h"
#include "util/files.h"

namespace skiff::libpod {
namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;
constexpr std::size_t kFileLimit = 16U << 20;

/// Calls `take` with each line that is neither blank nor a comment, without leading white space. Files come from the
/// user, so pipes (process substitution) are as good as regular ones.
void for_each_line(std::string_view flag, const std::string& path, const std::function<void(std::string_view)>& take) {
    const auto text = in_context(flag, [&] { return read_all(open_at(AT_FDCWD, path, O_RDONLY).get(), kFileLimit, path); });
    std::string_view rest{text};
    if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);  // editors on other systems write a byte order mark
    int number = 0;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        auto line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (line.empty() || line.front() == '#') continue;
        in_context(concat(flag, " ", path, " line ", number), [&] { take(line); });
    }
}

void check_variable_name(std::string_view name, std::string_view whole) {
    constexpr std::string_view kGrammar = "NAME=value, NAME, or PREFIX*";
    if (name.empty()) refuse("environment variable", whole, "has no name", kGrammar);
    if (name.find_first_of(" \t\r\n") != std::string_view::npos) {
        refuse("environment variable", whole, "the name has white space in it", kGrammar);
    }
    if (whole.find('\0') != std::string_view::npos) refuse("environment variable", whole, "holds a NUL byte", kGrammar);
}

/// A name alone asks for the caller's own value; with a star, for all that begin so. What is not there is left out.
void take_from_environment(std::string_view name, const std::vector<std::string>& environment, Variables& out) {
    const bool prefix = name.ends_with('*');
    const auto wanted = prefix ? name.substr(0, name.size() - 1) : name;
    for (const auto& entry : environment) {
        const auto parts = split_once(entry, '=');
        if (!parts) continue;
        const bool matches = prefix ? parts->first.starts_with(wanted) : parts->first == wanted;
        if (matches) out.push_back(*parts);
    }
}

void add_variable(std::string_view text, const std::vector<std::string>& environment, Variables& out) {
    const auto parts = split_once(text, '=');
    check_variable_name(parts ? std::string_view{parts->first} : text, text);
    if (parts) out.push_back(*parts);
    else take_from_environment(text, environment, out);
}

void add_label(std::string_view flag, std::string_view text, std::map<std::string, std::string>& out) {
    const auto parts = split_once(text, '=');
    const auto key = parts ? parts->first : std::string{text};
    if (key.empty()) refuse(flag, text, "has no key", "KEY=value or KEY");
    out[key] = parts ? parts->second : "";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_env(const std::vector<std::string>& files,
                                                           const std::vector<std::string>& values,
                                                           const std::vector<std::string>& environment) {
    Variables out;
    for (const auto& file : files) {
        for_each_line("--env-file", file, [&](std::string_view line) { add_variable(line, environment, out); });
    }
    for (const auto& value : values) add_variable(value, environment, out);
    return out;
}

std::map<std::string, std::string> parse_labels(const std::vector<std::string>& files,
                                                const std::vector<std::string>& values) {
    std::map<std::string, std::string> out;
    for (const auto& file : files) {
        for_each_line("--label-file", file, [&](std::string_view line) { add_label("label", line, out); });
    }
    for (const auto& value : values) add_label("--label", value, out);
    return out;
}

}  // namespace skiff::libpod
