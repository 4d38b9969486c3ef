#include "cli/complete/word.h"

#include <algorithm>

namespace skiff::cli::completion {
namespace {

bool has(const std::vector<std::string>& names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

/// The option of a letter group (`-it`, `-fvalue`) that takes the rest of the word, and where the rest begins.
struct LetterValue {
    const OptionDescription* option = nullptr;
    std::size_t value_at = 0;
};

LetterValue letter_value(std::string_view word, const Options& options) {
    for (std::size_t i = 1; i < word.size(); ++i) {
        const OptionDescription* option = find_short(options, word[i]);
        if (option == nullptr) return {};
        if (option->takes_value) return {option, i + 1};
    }
    return {};
}

/// The option that takes the next word, nullptr when `word` is complete by itself.
const OptionDescription* wants_value(std::string_view word, const Options& options) {
    if (word.starts_with("--")) {
        if (word.find('=') != std::string_view::npos) return nullptr;
        const OptionDescription* option = find_long(options, word.substr(2));
        return option != nullptr && option->takes_value && !option->value_optional ? option : nullptr;
    }
    const LetterValue letter = letter_value(word, options);
    return letter.value_at == word.size() ? letter.option : nullptr;
}

bool is_option(std::string_view word) { return word.size() > 1 && word[0] == '-'; }

void place_option(Place& place, const std::string& word, const Options& options) {
    const std::size_t equals = word.find('=');
    if (word.starts_with("--") && equals != std::string::npos) {
        place.option = find_long(options, std::string_view{word}.substr(2, equals - 2));
        place.kind = Place::Kind::OptionValue;
        place.prefix = word.substr(0, equals + 1);
        place.text = word.substr(equals + 1);
        return;
    }
    const LetterValue letter = word.starts_with("--") ? LetterValue{} : letter_value(word, options);
    if (letter.option != nullptr && letter.value_at < word.size()) {
        place.option = letter.option;
        place.kind = Place::Kind::OptionValue;
        place.prefix = word.substr(0, letter.value_at);
        place.text = word.substr(letter.value_at);
        return;
    }
    place.kind = Place::Kind::OptionName;
}

}  // namespace

const OptionDescription* find_long(const Options& options, std::string_view name) {
    const auto found = std::find_if(options.begin(), options.end(), [&](const auto& option) { return has(option.long_names, name); });
    return found == options.end() ? nullptr : &*found;
}

const OptionDescription* find_short(const Options& options, char letter) {
    const std::string_view name{&letter, 1};
    const auto found = std::find_if(options.begin(), options.end(), [&](const auto& option) { return has(option.short_names, name); });
    return found == options.end() ? nullptr : &*found;
}

Place find_place(const std::vector<std::string>& words, const Options& options, bool interspersed) {
    Place place;
    const std::string& last = words.back();
    const OptionDescription* awaiting = nullptr;
    bool options_ended = false;
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        const std::string& word = words[i];
        if (std::exchange(awaiting, nullptr) != nullptr) continue;
        if (!options_ended && word == "--") {
            options_ended = true;
        } else if (!options_ended && is_option(word)) {
            awaiting = wants_value(word, options);
        } else {
            place.arguments.push_back(word);
            options_ended = options_ended || !interspersed;
        }
    }
    place.text = last;
    if (awaiting != nullptr) {
        place.kind = Place::Kind::OptionValue;
        place.option = awaiting;
    } else if (!options_ended && last.starts_with('-')) {
        place_option(place, last, options);
    }
    return place;
}

}  // namespace skiff::cli::completion
