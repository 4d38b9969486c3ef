#include "image/signature/registries_d.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "image/policy.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr std::size_t kSectionFileLimitBytes = 1U << 20;
constexpr const char* kDefaultLookaside = "file:///var/lib/containers/sigstore";

struct Level {
    std::size_t indent;
    std::string path;
};

/// Without a comment; a '#' counts only after a blank and outside quotes.
std::string_view without_comment(std::string_view line) {
    char quote = '\0';
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (quote != '\0') {
            if (line[i] == quote) quote = '\0';
        } else if (line[i] == '"' || line[i] == '\'') {
            quote = line[i];
        } else if (line[i] == '#' && (i == 0 || line[i - 1] == ' ')) {
            return line.substr(0, i);
        }
    }
    return line;
}

std::string unquoted(std::string_view text) {
    const auto clean = trim(text);
    const bool quoted = clean.size() >= 2 && (clean.front() == '"' || clean.front() == '\'') && clean.back() == clean.front();
    return std::string{quoted ? clean.substr(1, clean.size() - 2) : clean};
}

struct Pair {
    std::string key, value;
};

/// "KEY: VALUE" or "KEY:"; the colons of a port or a tag have no blank behind them.
std::optional<Pair> pair_of(std::string_view line) {
    const auto clean = trim(line);
    if (clean.empty() || std::string_view{"-[{&*!|>%@`?"}.find(clean.front()) != std::string_view::npos) return std::nullopt;
    const auto colon = clean.find(": ");
    if (colon != std::string_view::npos) {
        const auto value = trim(clean.substr(colon + 1));
        const bool scalar = value.empty() || value == "{}" || std::string_view{"[{&*!|>"}.find(value.front()) == std::string_view::npos;
        return scalar ? std::optional{Pair{unquoted(clean.substr(0, colon)), unquoted(value)}} : std::nullopt;
    }
    if (clean.ends_with(':')) return Pair{unquoted(clean.substr(0, clean.size() - 1)), ""};
    return std::nullopt;
}

class MappingReader {
public:
    explicit MappingReader(std::string_view name) : name_{name} {}

    void line(std::string_view raw) {
        ++number_;
        const auto text = without_comment(raw);
        if (trim(text).empty() || trim(text) == "---") return;
        const auto indent = std::min(text.find_first_not_of(' '), text.size());
        const auto pair = pair_of(text);
        if (!pair || text[indent] == '\t') refuse("only nested \"KEY: VALUE\" is understood");
        while (!levels_.empty() && levels_.back().indent >= indent) levels_.pop_back();
        const auto path = levels_.empty() ? pair->key : concat(levels_.back().path, "\n", pair->key);
        const bool nested = pair->value.empty() || pair->value == "{}";
        if (!found_.emplace(path, nested ? std::string{} : pair->value).second) refuse(concat(quote(pair->key), " is there twice"));
        if (nested) levels_.push_back({indent, path});
    }
    std::map<std::string, std::string> take() { return std::move(found_); }

private:
    [[noreturn]] void refuse(std::string_view why) const { throw Error{ErrorKind::Corrupt, concat(name_, ": line ", number_, ": ", why)}; }

    std::string_view name_;
    std::size_t number_ = 0;
    std::vector<Level> levels_;
    std::map<std::string, std::string> found_;
};

std::vector<fs::path> yaml_files(const fs::path& directory) {
    std::vector<fs::path> files;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator{directory, failed})
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

/// All sections of all files; one that is in two of them is an error, as order must not matter.
std::map<std::string, std::string> all_sections(const fs::path& directory) {
    std::map<std::string, std::string> all;
    for (const auto& file : yaml_files(directory)) {
        const auto text = read_file(file, kSectionFileLimitBytes);
        for (auto& [path, value] : parse_block_mappings(text, file.native())) {
            const bool was_there = !all.emplace(path, value).second;
            if (was_there && path != "docker") throw Error{ErrorKind::Corrupt, concat(file.native(), ": ", quote(split(path, '\n').back()), " is in another file too")};
        }
    }
    return all;
}

fs::path sections_directory(const std::map<std::string, std::string>& environment) {
    const auto home = environment.find("HOME");
    if (home != environment.end() && !home->second.empty()) {
        const auto own = fs::path{home->second} / ".config/containers/registries.d";
        if (fs::is_directory(own)) return own;
    }
    return "/etc/containers/registries.d";
}

std::string section_value(const std::map<std::string, std::string>& all, const std::string& section, const char* key) {
    const auto found = all.find(concat(section, "\n", key));
    return found == all.end() ? std::string{} : found->second;
}

/// The first of two names that is there: the second is the older one.
std::string either(const std::map<std::string, std::string>& all, const std::string& section, const char* name, const char* older) {
    const auto value = section_value(all, section, name);
    return value.empty() ? section_value(all, section, older) : value;
}

SignaturePlaces section_of(const std::map<std::string, std::string>& all, const std::string& section) {
    SignaturePlaces places;
    places.read_url = either(all, section, "lookaside", "sigstore");
    places.write_url = either(all, section, "lookaside-staging", "sigstore-staging");
    if (places.write_url.empty()) places.write_url = places.read_url;
    const auto attachments = section_value(all, section, "use-sigstore-attachments");
    if (!attachments.empty() && attachments != "true" && attachments != "false")
        throw Error{ErrorKind::Corrupt, concat("registries.d: use-sigstore-attachments of ", quote(split(section, '\n').back()), " is neither true nor false")};
    places.attachments = attachments == "true";
    return places;
}

}  // namespace

std::map<std::string, std::string> parse_block_mappings(std::string_view text, std::string_view name) {
    MappingReader reader{name};
    for (const auto& line : split(text, '\n')) reader.line(line);
    return reader.take();
}

SignaturePlaces signature_places(const std::map<std::string, std::string>& environment, const Reference& reference) {
    const auto all = all_sections(sections_directory(environment));
    for (const auto& scope : policy_scopes(reference))
        if (const auto section = concat("docker\n", scope); all.contains(section)) return section_of(all, section);
    if (all.contains("default-docker")) {
        auto places = section_of(all, "default-docker");
        if (places.read_url.empty()) places.read_url = places.write_url = kDefaultLookaside;
        return places;
    }
    return {kDefaultLookaside, kDefaultLookaside, false};
}

}  // namespace skiff::image
