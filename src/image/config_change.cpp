#include "image/config_change.h"

#include <algorithm>
#include <cctype>
#include <functional>

#include "util/error.h"
#include "util/json.h"
#include "util/signals.h"
#include "util/text.h"

namespace skiff::image {
namespace {

[[noreturn]] void refuse(const std::string& why) { throw Error{ErrorKind::Invalid, why}; }

bool is_space(char c) { return c == ' ' || c == '\t'; }

/// Words at white space; quotes hold a word together, a backslash takes the next character as it is.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool inside = false;
    char quote_mark = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\\' && quote_mark != '\'' && i + 1 < text.size()) {
            word += text[++i];
            inside = true;
        } else if (quote_mark != 0 ? c == quote_mark : (c == '"' || c == '\'')) {
            quote_mark = quote_mark != 0 ? '\0' : c;
            inside = true;
        } else if (quote_mark == 0 && is_space(c)) {
            if (inside) words.push_back(std::exchange(word, {}));
            inside = false;
        } else {
            word += c;
            inside = true;
        }
    }
    if (quote_mark != 0) refuse("a quote is not closed");
    if (inside) words.push_back(word);
    return words;
}

/// ["a", "b"], or nullopt for anything that is not a JSON list of strings.
std::optional<std::vector<std::string>> json_words(std::string_view text) {
    if (text.empty() || text.front() != '[') return std::nullopt;
    const Json list = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!list.is_array()) return std::nullopt;
    std::vector<std::string> words;
    for (const auto& element : list) {
        if (!element.is_string()) return std::nullopt;
        words.push_back(element.get<std::string>());
    }
    return words;
}

std::vector<std::string> command_of(std::string_view text) {
    if (auto words = json_words(text)) return *words;
    return {"/bin/sh", "-c", std::string{text}};
}

/// "A=1 B=2", or the old form "A all the rest".
std::vector<std::pair<std::string, std::string>> pairs_of(std::string_view text) {
    const auto first_space = std::find_if(text.begin(), text.end(), is_space);
    const std::string_view first = text.substr(0, static_cast<std::size_t>(first_space - text.begin()));
    if (first.find('=') == std::string_view::npos) {
        if (first_space == text.end()) refuse("NAME=VALUE is wanted");
        return {{std::string{first}, std::string{trim(text.substr(first.size()))}}};
    }
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto& word : words_of(text)) {
        auto pair = split_once(word, '=');
        if (!pair || pair->first.empty()) refuse(concat(quote(word), " is not NAME=VALUE (a value with spaces needs quotes)"));
        pairs.push_back(std::move(*pair));
    }
    return pairs;
}

void set_env(std::vector<std::string>& env, const std::string& name, const std::string& value) {
    const auto same = [&](const std::string& entry) { return entry.starts_with(name + "="); };
    const auto found = std::find_if(env.begin(), env.end(), same);
    if (found == env.end())
        env.push_back(concat(name, "=", value));
    else
        *found = concat(name, "=", value);
}

void add_sorted(std::vector<std::string>& set, const std::string& text) {
    const auto at = std::lower_bound(set.begin(), set.end(), text);
    if (at == set.end() || *at != text) set.insert(at, text);
}

void change_env(ImageConfig& config, std::string_view value) {
    for (const auto& [name, text] : pairs_of(value)) set_env(config.env, name, text);
}

void change_label(ImageConfig& config, std::string_view value) {
    for (const auto& [name, text] : pairs_of(value)) config.labels.insert_or_assign(name, text);
}

void change_expose(ImageConfig& config, std::string_view value) {
    for (const auto& port : words_of(value)) {
        if (!is_port_text(port)) refuse(concat(quote(port), " is not PORT[/PROTOCOL]"));
        add_sorted(config.exposed_ports, port.find('/') == std::string::npos ? port + "/tcp" : port);
    }
}

void change_volume(ImageConfig& config, std::string_view value) {
    const auto listed = json_words(value);
    for (const auto& path : listed ? *listed : words_of(value)) {
        if (path.empty()) refuse("an empty path");
        add_sorted(config.volumes, path);
    }
}

void change_working_dir(ImageConfig& config, std::string_view value) {
    const bool absolute = value.front() == '/';
    config.working_dir = absolute ? std::string{value} : concat(config.working_dir, config.working_dir.ends_with('/') ? "" : "/", value);
}

void change_stop_signal(ImageConfig& config, std::string_view value) {
    if (!parse_signal(value)) refuse(concat(quote(value), " is not a signal"));
    config.stop_signal = value;
}

struct Keyword {
    std::string_view name;
    void (*apply)(ImageConfig&, std::string_view value);
};

constexpr Keyword kKeywords[] = {
    {"CMD", [](ImageConfig& config, std::string_view value) { config.cmd = command_of(value); }},
    {"ENTRYPOINT", [](ImageConfig& config, std::string_view value) { config.entrypoint = command_of(value); }},
    {"ENV", change_env},
    {"EXPOSE", change_expose},
    {"LABEL", change_label},
    {"ONBUILD", [](ImageConfig& config, std::string_view value) { config.on_build.emplace_back(value); }},
    {"STOPSIGNAL", change_stop_signal},
    {"USER", [](ImageConfig& config, std::string_view value) { config.user = value; }},
    {"VOLUME", change_volume},
    {"WORKDIR", change_working_dir},
};

void apply(ImageConfig& config, std::string_view instruction) {
    if (instruction.find('\0') != std::string_view::npos || instruction.find('\n') != std::string_view::npos)
        refuse("it holds a NUL or a line break");
    const auto end = std::find_if(instruction.begin(), instruction.end(), [](char c) { return is_space(c) || c == '='; });
    const auto length = static_cast<std::size_t>(end - instruction.begin());
    const auto keyword = lower(instruction.substr(0, length));
    const auto value = length < instruction.size() ? trim(instruction.substr(length + 1)) : std::string_view{};
    for (const auto& known : kKeywords) {
        if (lower(known.name) != keyword) continue;
        if (value.empty()) refuse("it has no value");
        return known.apply(config, value);
    }
    throw Error{ErrorKind::Invalid, concat("unknown instruction ", quote(instruction.substr(0, length))),
                "CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME or WORKDIR"};
}

}  // namespace

void apply_change(ImageConfig& config, std::string_view instruction) {
    in_context(concat("change ", quote(instruction)), [&] { apply(config, trim(instruction)); });
}

}  // namespace skiff::image
