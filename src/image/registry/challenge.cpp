#include "image/registry/challenge.h"

#include <algorithm>
#include <cctype>

#include "util/text.h"

namespace skiff::image::registry {
namespace {

bool is_token(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos; }

/// Reads the header from left to right.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_{text} {}

    bool at_end() {
        skip(" \t,");
        return rest_.empty();
    }
    std::string token() {
        const auto end = static_cast<std::size_t>(std::find_if_not(rest_.begin(), rest_.end(), is_token) - rest_.begin());
        std::string taken{rest_.substr(0, end)};
        rest_.remove_prefix(end);
        return taken;
    }
    /// True when "=" follows, which is taken.
    bool equals() {
        const auto before = rest_;
        skip(" \t");
        if (!rest_.starts_with('=')) {
            rest_ = before;
            return false;
        }
        rest_.remove_prefix(1);
        skip(" \t");
        return true;
    }
    std::string value() { return rest_.starts_with('"') ? quoted_string() : token(); }

private:
    void skip(std::string_view any_of) { rest_.remove_prefix(std::min(rest_.find_first_not_of(any_of), rest_.size())); }
    std::string quoted_string() {
        std::string value;
        rest_.remove_prefix(1);
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.front() == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
            value.push_back(rest_.front());
            rest_.remove_prefix(1);
        }
        if (!rest_.empty()) rest_.remove_prefix(1);
        return value;
    }

    std::string_view rest_;
};

}  // namespace

std::vector<Challenge> parse_challenges(std::string_view header) {
    std::vector<Challenge> challenges;
    Scanner scanner{header};
    while (!scanner.at_end()) {
        const auto word = lower(scanner.token());
        if (word.empty()) break;
        if (!scanner.equals()) {
            challenges.push_back({word, {}});
        } else if (!challenges.empty()) {
            challenges.back().parameters[word] = scanner.value();
        } else {
            break;
        }
    }
    return challenges;
}

std::optional<Challenge> choose_challenge(const std::vector<std::string>& headers) {
    std::optional<Challenge> chosen;
    for (const auto& header : headers)
        for (auto& challenge : parse_challenges(header)) {
            if (challenge.scheme == "bearer") return challenge;
            if (challenge.scheme == "basic" && !chosen) chosen = std::move(challenge);
        }
    return chosen;
}

}  // namespace skiff::image::registry
