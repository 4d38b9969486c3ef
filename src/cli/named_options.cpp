#include "cli/named_options.h"

#include <algorithm>

namespace skiff::cli {

NamedOptions::NamedOptions(const std::vector<std::string>& words)
    : stand_in_{others_.add_option("--not-named", [](const CLI::results_t&) { return true; })} {
    for (const std::string_view word : words) {
        if (word.size() < 2 || word[0] != '-') continue;
        if (word[1] == '-') long_names_.emplace_back(word.substr(2, word.find('=') - 2));
        else for (const char letter : word.substr(1)) letters_[static_cast<unsigned char>(letter)] = true;
    }
    std::ranges::sort(long_names_);
}

bool NamedOptions::may_be_named(std::string_view names) const {
    if (!names.starts_with('-')) return true;
    for (std::size_t begin = 0; begin < names.size();) {
        const std::size_t end = std::min(names.find(',', begin), names.size());
        const std::string_view name = names.substr(begin, end - begin);
        begin = end + 1;
        if (!name.starts_with("--")) {
            if (name.size() > 1 && letters_[static_cast<unsigned char>(name[1])]) return true;
        } else if (std::ranges::binary_search(long_names_, name.substr(2), std::ranges::less{})) {
            return true;
        }
    }
    return false;
}

}  // namespace skiff::cli
