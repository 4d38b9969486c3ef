#include "image/signature/registries_d.h"

#include <fcntl.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "image/policy.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"
#include "util/yaml_document.h"

namespace skiff::image {
namespace {

constexpr std::size_t kSectionFileLimitBytes = 1U << 20;
constexpr const char* kDefaultLookaside = "file:///var/lib/containers/sigstore";

void flatten(const nlohmann::json& mapping, const std::string& path, std::string_view name, std::map<std::string, std::string>& out) {
    if (!mapping.is_object()) throw Error{ErrorKind::Corrupt, concat(name, ": only nested mappings of words are understood")};
    for (const auto& [key, value] : mapping.items()) {
        const auto full = path.empty() ? key : concat(path, "\n", key);
        const bool nested = value.is_object() || value.is_null();
        if (value.is_array()) throw Error{ErrorKind::Corrupt, concat(name, ": ", quote(key), " is a list")};
        out.emplace(full, nested ? std::string{} : value.is_string() ? value.get<std::string>() : value.dump());
        if (value.is_object()) flatten(value, full, name, out);
    }
}

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
        for (auto& [path, value] : parse_mappings(text, file.native())) {
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

std::map<std::string, std::string> parse_mappings(std::string_view text, std::string_view name) {
    std::map<std::string, std::string> out;
    const auto document = parse_yaml(text, name);
    if (!document.is_null()) flatten(document, {}, name, out);
    return out;
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
