#include "cli/image_filter.h"

#include <fnmatch.h>

#include <algorithm>

#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

using image::ImageRecord;
using image::ImageStore;

bool bool_value(const std::string& key, const std::string& value) {
    if (value == "true" || value == "1" || value == "t") return true;
    if (value == "false" || value == "0" || value == "f") return false;
    throw Error{ErrorKind::Invalid, concat("filter ", key, "=", quote(value), ": true or false is wanted")};
}

UnixNanos time_value(const std::string& key, const std::string& value) {
    const auto when = parse_time_or_ago(value, now_nanos());
    if (!when) throw Error{ErrorKind::Invalid, concat("filter ", key, "=", quote(value), ": not a time, a date or a duration")};
    return *when;
}

bool has_label(const ImageRecord& image, const std::string& wanted) {
    const auto labels = image.parsed_config().labels;
    const auto pair = split_once(wanted, '=');
    const auto found = labels.find(pair ? pair->first : wanted);
    return found != labels.end() && (!pair || found->second == pair->second);
}

bool is_index(const ImageRecord& image) { return image.manifest_type == image::media::kOciIndex || image.manifest_type == image::media::kDockerList; }

/// The ways people write a name: with and without registry, path and tag.
std::vector<std::string> spellings(std::string_view name) {
    std::vector<std::string> found{std::string{name}};
    for (auto slash = name.find('/'); slash != std::string_view::npos; slash = name.find('/', slash + 1)) found.emplace_back(name.substr(slash + 1));
    const auto with_tag = found.size();
    for (std::size_t i = 0; i < with_tag; ++i)
        if (const auto colon = found[i].rfind(':'); colon != std::string::npos && found[i].find('/', colon) == std::string::npos) found.push_back(found[i].substr(0, colon));
    return found;
}

bool matches_pattern(std::string_view name, const std::string& pattern) {
    const auto all = spellings(name);
    return std::any_of(all.begin(), all.end(), [&](const std::string& text) { return ::fnmatch(pattern.c_str(), text.c_str(), FNM_PATHNAME) == 0; });
}

}  // namespace

bool is_intermediate(const ImageStore& store, const ImageRecord& image) {
    if (!image.names.empty() || !image.top_layer) return false;
    auto statement = store.db().prepare("SELECT 1 FROM layer WHERE parent = ? LIMIT 1");
    statement.bind(image.top_layer->text());
    return statement.step();
}

ImageFilter::ImageFilter(const ImageStore& store, const std::vector<std::string>& filters) {
    for (const auto& filter : filters) {
        const auto pair = split_once(filter, '=');
        if (!pair) throw Error{ErrorKind::Invalid, concat("filter ", quote(filter), " is not KEY=VALUE")};
        add(store, pair->first, pair->second);
    }
}

void ImageFilter::add(const ImageStore& store, const std::string& key, const std::string& value) {
    const auto test = [&](Test one) { tests_[key].push_back(std::move(one)); };
    if (key == "id") return test([value](const ImageRecord& image) { return image.id.starts_with(value.starts_with("sha256:") ? value.substr(7) : value); });
    if (key == "before") return test([at = store.find(value).created_at](const ImageRecord& image) { return image.created_at < at; });
    if (key == "since" || key == "after") return test([at = store.find(value).created_at](const ImageRecord& image) { return image.created_at > at; });
    if (key == "until") return test([at = time_value(key, value)](const ImageRecord& image) { return image.created_at < at; });
    if (key == "dangling") return test([wanted = bool_value(key, value)](const ImageRecord& image) { return image.names.empty() == wanted; });
    if (key == "digest") return test([value](const ImageRecord& image) { return image.manifest_digest.text().starts_with(value); });
    if (key == "intermediate") return test([&store, wanted = bool_value(key, value)](const ImageRecord& image) { return is_intermediate(store, image) == wanted; });
    if (key == "label") return test([value](const ImageRecord& image) { return has_label(image, value); });
    if (key == "label!") return test([value](const ImageRecord& image) { return !has_label(image, value); });
    if (key == "containers") return test([&store, wanted = bool_value(key, value)](const ImageRecord& image) { return store.containers_using(image.id).empty() != wanted; });
    if (key == "manifest")
        return test([wanted = bool_value(key, value)](const ImageRecord& image) { return is_index(image) == wanted; });
    // Every store is writable by its owner.
    if (key == "readonly") return test([wanted = bool_value(key, value)](const ImageRecord&) { return !wanted; });
    if (key == "reference") {
        patterns_.push_back(value);
        return test([value](const ImageRecord& image) { return std::any_of(image.names.begin(), image.names.end(), [&](const auto& name) { return matches_pattern(name, value); }); });
    }
    throw Error{ErrorKind::Invalid, concat("unknown filter ", quote(key)),
                "after, before, containers, dangling, digest, id, intermediate, label, manifest, readonly, reference, since or until"};
}

bool ImageFilter::matches(const ImageRecord& image) const {
    return std::all_of(tests_.begin(), tests_.end(), [&](const auto& entry) {
        const auto holds = [&](const Test& test) { return test(image); };
        const auto& tests = entry.second;
        return entry.first.starts_with("label") ? std::all_of(tests.begin(), tests.end(), holds) : std::any_of(tests.begin(), tests.end(), holds);
    });
}

bool ImageFilter::shows_name(std::string_view name) const {
    return patterns_.empty() || std::any_of(patterns_.begin(), patterns_.end(), [&](const std::string& pattern) { return matches_pattern(name, pattern); });
}

}  // namespace skiff::cli
