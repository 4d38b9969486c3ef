#include "oci/native/cli_options.h"

#include <algorithm>

#include "util/error.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

const OptionSpec& find(const std::vector<OptionSpec>& table, const std::string& name) {
    const auto found = std::find_if(table.begin(), table.end(), [&](const OptionSpec& option) {
        return name == option.name || (name.size() == 1 && option.letter == name[0]);
    });
    if (found == table.end() && (name == "help" || name == "h")) throw HelpWanted{option_help(table)};
    if (found == table.end()) throw Error{ErrorKind::Invalid, concat("unknown option ", quote(name.size() == 1 ? concat("-", name) : concat("--", name)))};
    return *found;
}

}  // namespace

Options::Options(const std::vector<OptionSpec>& table, const std::vector<std::string>& words, bool anywhere) {
    std::size_t at = 0;
    while (at < words.size()) {
        const std::string& word = words[at];
        if (word == "--") {
            operands_.insert(operands_.end(), words.begin() + static_cast<std::ptrdiff_t>(at) + 1, words.end());
            return;
        }
        if (word.size() < 2 || word[0] != '-') {
            operands_.push_back(word);
            ++at;
            if (anywhere) continue;
            operands_.insert(operands_.end(), words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
            return;
        }
        take(table, words, at);
    }
}

void Options::take(const std::vector<OptionSpec>& table, const std::vector<std::string>& words, std::size_t& at) {
    const std::string& word = words[at++];
    const bool is_long = word.starts_with("--");
    // A single dash with a long name is what runc's own flags allow too.
    const auto pair = split_once(word.substr(is_long ? 2 : 1), '=');
    std::string name = pair ? pair->first : word.substr(is_long ? 2 : 1);
    std::optional<std::string> value;
    if (pair) value = pair->second;
    const bool clustered = !is_long && name.size() > 1 &&
        std::none_of(table.begin(), table.end(), [&](const OptionSpec& option) { return name == option.name; });
    if (clustered) {
        const OptionSpec& first = find(table, name.substr(0, 1));
        if (first.takes_value) value = word.substr(2);
        else for (const char letter : name.substr(1)) values_[find(table, std::string{letter}).name].push_back("true");
        name = name.substr(0, 1);
    }
    const OptionSpec& option = find(table, name);
    if (!option.takes_value) {
        if (value.value_or("true") != "false") values_[option.name].push_back("true");
        return;
    }
    if (!value) {
        if (at >= words.size()) throw Error{ErrorKind::Invalid, concat("option --", option.name, " needs a value")};
        value = words[at++];
    }
    values_[option.name].push_back(*value);
}

std::string Options::get(const std::string& name, std::string fallback) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::move(fallback) : found->second.back();
}

std::vector<std::string> Options::all(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::vector<std::string>{} : found->second;
}

std::string option_help(const std::vector<OptionSpec>& table) {
    std::string text;
    for (const OptionSpec& option : table) {
        std::string left = option.letter == '\0' ? concat("      --", option.name) : concat("  -", option.letter, ", --", option.name);
        if (option.takes_value) left += " VALUE";
        left.resize(std::max<std::size_t>(left.size() + 1, 32), ' ');
        text += concat(left, option.help, "\n");
    }
    return text;
}

}  // namespace skiff::oci::native
