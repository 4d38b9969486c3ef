#include "libpod/parse/cdi.h"

#include "libpod/parse/refuse.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr std::string_view kGpuKind = "nvidia.com/gpu=";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_alphanumeric(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

/// Letters, digits and `others` in between; a letter first, the end no punctuation.
bool is_word(std::string_view text, std::string_view others) {
    return !text.empty() && is_letter(text.front()) && is_alphanumeric(text.back()) && consists_of(text, concat(kAlphanumeric, others));
}

bool is_device_name(std::string_view name) {
    return !name.empty() && is_alphanumeric(name.front()) && is_alphanumeric(name.back()) && consists_of(name, concat(kAlphanumeric, "_-.:"));
}

/// The device that a word of docker's grammar means.
std::string gpu_word(std::string_view value, const std::string& word) {
    const auto pair = split_once(word, '=');
    if (!pair || pair->first == "device") return pair ? pair->second : word;
    if (pair->first == "count" && (pair->second == "all" || pair->second == "-1")) return "all";
    if (pair->first == "count") refuse("--gpus", value, "chooses devices by their number: CDI has names", "all, or device=NAME");
    throw Error{ErrorKind::Unsupported, concat("--gpus ", quote(value), ": ", quote(pair->first), " is not supported: a CDI device brings what it has"),
                "all, or device=NAME"};
}

}  // namespace

bool is_cdi_kind(std::string_view value) {
    const auto slash = value.find('/');
    return slash != std::string_view::npos && is_word(value.substr(0, slash), "_-.") && is_word(value.substr(slash + 1), "_-");
}

bool is_cdi_name(std::string_view value) {
    const auto at = value.find('=');
    return at != std::string_view::npos && is_cdi_kind(value.substr(0, at)) && is_device_name(value.substr(at + 1));
}

std::vector<std::string> cdi_names_of_gpus(std::string_view value) {
    std::string_view list = value;
    if (list.size() > 1 && list.front() == '"' && list.back() == '"') list = list.substr(1, list.size() - 2);  // docker wants '"device=0,1"'
    std::vector<std::string> names;
    for (const auto& word : split(list, ',')) {
        const std::string device = gpu_word(value, word);
        if (!is_device_name(device)) refuse("--gpus", value, "is malformed", "all, or device=NAME,…");
        names.push_back(concat(kGpuKind, device));
    }
    return names;
}

}  // namespace skiff::libpod
