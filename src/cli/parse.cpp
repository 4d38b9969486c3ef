#include "cli/parse.h"

#include <CLI/App.hpp>

#include <algorithm>
#include <array>

#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }
bool value_optional(const CLI::Option& option) { return !is_flag(option) && option.get_expected_min() == 0; }

CLI::Option* find_long(CLI::App& app, const std::string& name) {
    for (CLI::Option* option : app.get_options()) {
        for (const std::string& known : option->get_lnames()) {
            if (known == name) return option;
        }
    }
    return nullptr;
}

CLI::Option* find_letter(CLI::App& app, char letter) {
    for (CLI::Option* option : app.get_options()) {
        for (const std::string& known : option->get_snames()) {
            if (known.size() == 1 && known[0] == letter) return option;
        }
    }
    return nullptr;
}

std::vector<std::string> long_names(CLI::App& app) {
    std::vector<std::string> names;
    for (CLI::Option* option : app.get_options()) {
        if (option->get_group().empty()) continue;
        for (const std::string& name : option->get_lnames()) names.push_back(concat("--", name));
    }
    return names;
}

void check_partners(const CLI::Option& option) {
    for (const CLI::Option* other : option.get_excludes()) {
        if (other->count() == 0) continue;
        throw Error{ErrorKind::Invalid,
                    concat("options ", option.get_name(), " and ", other->get_name(), " exclude each other")};
    }
    for (const CLI::Option* other : option.get_needs()) {
        if (other->count() != 0) continue;
        throw Error{ErrorKind::Invalid, concat("option ", option.get_name(), " needs ", other->get_name())};
    }
}

void run_callbacks(CLI::App& app) {
    for (CLI::Option* option : app.get_options()) {
        if (option->count() == 0) continue;
        check_partners(*option);
        try {
            option->run_callback();
        } catch (const CLI::Error& error) {
            throw Error{ErrorKind::Invalid, error.what()};
        }
    }
}

// One walk over the words. Collects first and runs the callbacks at the end, so that --help wins over a mistake
// in another option's value.
class Walk {
public:
    Walk(CLI::App& command, const ParseRules& rules) : command_{command}, rules_{rules} {
        for (CLI::Option* option : command.get_options()) adapt(*option);
    }

    void run(const std::vector<std::string>& words, bool stop_at_argument) {
        for (next_ = 0; next_ < words.size() && !help_wanted_;) {
            const std::string& word = words[next_];
            if (word == "--") {
                ++next_;
                break;
            }
            if (word.size() < 2 || word[0] != '-') {
                if (stop_at_argument || !rules_.interspersed) break;
                arguments_.push_back(word);
                ++next_;
            } else if (word[1] == '-') {
                ++next_;
                take_long(word.substr(2), words);
            } else {
                ++next_;
                take_letters(word, words);
            }
        }
        if (!stop_at_argument && !help_wanted_) {
            arguments_.insert(arguments_.end(), words.begin() + static_cast<std::ptrdiff_t>(next_), words.end());
        }
    }

    bool help_wanted() const { return help_wanted_; }
    std::size_t consumed() const { return next_; }

    void finish() {
        hand_out_arguments();
        for (CLI::App* app : {rules_.globals, &command_}) {
            if (app != nullptr) run_callbacks(*app);
        }
    }

private:
    // For options registered with CLI11 itself: no "[a,b]" lists, and the last of several values counts.
    static void adapt(CLI::Option& option) {
        option.allow_extra_args(false);
        if (option.get_items_expected_max() <= 1 &&
            option.get_multi_option_policy() == CLI::MultiOptionPolicy::Throw) {
            option.multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
        }
    }

    std::vector<std::string> known_names() const {
        if (!rules_.define_all) return long_names(command_);
        CLI::App all;
        all.set_help_flag();
        rules_.define_all(all);
        return long_names(all);
    }

    [[noreturn]] void unknown_option(const std::string& shown, const std::string& typed) {
        const std::string near = nearest(typed, known_names());
        throw Error{ErrorKind::Invalid, concat("unknown option ", quote(shown)),
                    near.empty() ? std::string{} : concat("did you mean ", near, "?")};
    }

    CLI::Option* lookup_long(const std::string& name) {
        if (CLI::Option* option = find_long(command_, name)) return option;
        return rules_.globals == nullptr ? nullptr : find_long(*rules_.globals, name);
    }

    std::string next_value(const std::string& shown, const std::vector<std::string>& words) {
        if (next_ >= words.size()) throw Error{ErrorKind::Invalid, concat("option ", shown, " needs a value")};
        return words[next_++];
    }

    void take_long(const std::string& body, const std::vector<std::string>& words) {
        const auto equals = body.find('=');
        const std::string name = body.substr(0, equals);
        const std::string shown = concat("--", name);
        CLI::Option* option = lookup_long(name);
        if (option == nullptr && name == "help") {
            help_wanted_ = true;
            return;
        }
        if (option == nullptr) unknown_option(shown, shown);
        if (equals != std::string::npos) option->add_result(checked(*option, shown, body.substr(equals + 1)));
        else if (is_flag(*option)) option->add_result("true");
        else if (value_optional(*option)) option->add_result("");
        else option->add_result(next_value(shown, words));
    }

    void take_letters(const std::string& word, const std::vector<std::string>& words) {
        for (std::size_t i = 1; i < word.size(); ++i) {
            const char letter = word[i];
            const std::string shown = concat("-", letter);
            CLI::Option* option = find_letter(command_, letter);
            if (option == nullptr && rules_.globals != nullptr) option = find_letter(*rules_.globals, letter);
            if (option == nullptr && letter == 'h') {
                help_wanted_ = true;
                return;
            }
            if (option == nullptr) unknown_option(word.size() == 2 ? shown : concat(shown, " in ", word), word);
            if (i + 2 < word.size() && word[i + 1] == '=') {
                option->add_result(checked(*option, shown, word.substr(i + 2)));
                return;
            }
            if (is_flag(*option)) {
                option->add_result("true");
                continue;
            }
            if (i + 1 < word.size()) option->add_result(word.substr(i + 1));
            else if (value_optional(*option)) option->add_result("");
            else option->add_result(next_value(shown, words));
            return;
        }
    }

    static std::string checked(const CLI::Option& option, const std::string& shown, std::string value) {
        if (is_flag(option)) return parse_bool(shown, value) ? "true" : "false";
        return value;
    }

    void hand_out_arguments() {
        std::size_t next = 0;
        bool takes_any = false;
        for (CLI::Option* option : command_.get_options()) {
            if (!option->get_positional()) continue;
            takes_any = true;
            const bool many = option->get_items_expected_max() > 1;
            do {
                if (next >= arguments_.size()) break;
                option->add_result(arguments_[next++]);
            } while (many);
            if (option->get_required() && option->count() == 0) {
                throw Error{ErrorKind::Invalid, concat("argument ", option->get_name(/*positional=*/true), " is missing")};
            }
        }
        if (next < arguments_.size()) {
            throw Error{ErrorKind::Invalid, concat(takes_any ? "unexpected argument " : "takes no arguments, got ",
                                                   quote(arguments_[next]))};
        }
    }

    CLI::App& command_;
    const ParseRules& rules_;
    std::vector<std::string> arguments_;
    std::size_t next_ = 0;
    bool help_wanted_ = false;
};

}  // namespace

ParseResult parse_words(CLI::App& command, const std::vector<std::string>& words, const ParseRules& rules) {
    Walk walk{command, rules};
    walk.run(words, /*stop_at_argument=*/false);
    if (walk.help_wanted()) return ParseResult::HelpWanted;
    walk.finish();
    return ParseResult::Ready;
}

Leading parse_leading(CLI::App& globals, const std::vector<std::string>& words, std::function<void(CLI::App&)> define_all) {
    const ParseRules rules{.interspersed = false, .globals = nullptr, .define_all = std::move(define_all)};
    Walk walk{globals, rules};
    walk.run(words, /*stop_at_argument=*/true);
    return {walk.consumed(), walk.help_wanted() ? ParseResult::HelpWanted : ParseResult::Ready};
}

void run_option_callbacks(CLI::App& app) { run_callbacks(app); }

bool parse_bool(std::string_view option, std::string_view text) {
    static constexpr std::array yes = {"1", "t", "T", "TRUE", "true", "True"};
    static constexpr std::array no = {"0", "f", "F", "FALSE", "false", "False"};
    if (std::ranges::find(yes, text) != yes.end()) return true;
    if (std::ranges::find(no, text) != no.end()) return false;
    throw Error{ErrorKind::Invalid, concat(option, ": ", quote(text), " is neither true nor false")};
}

std::string nearest(std::string_view typed, const std::vector<std::string>& known) {
    const std::size_t letters = typed.size() - std::min(typed.find_first_not_of('-'), typed.size());
    std::string best;
    std::size_t best_distance = letters > 3 ? 3 : 2;  // more edits than two, of a short word than one, is another word
    for (const std::string& candidate : known) {
        const std::size_t distance = edit_distance(typed, candidate);
        if (distance < best_distance && distance < candidate.size()) {
            best = candidate;
            best_distance = distance;
        }
    }
    if (!best.empty() || typed.size() < 3) return best;
    for (const std::string& candidate : known) {
        if (candidate.starts_with(typed)) return candidate;
    }
    return {};
}

}  // namespace skiff::cli
