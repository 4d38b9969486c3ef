#include "cli/image_row.h"

#include <array>
#include <cstdio>

#include "util/text.h"

namespace skiff::cli {
namespace {

using image::ImageRecord;

std::string id_cell(const OrderedJson& row, bool in_full) {
    const auto id = row.at("Id").get<std::string>();
    return in_full ? concat("sha256:", id) : short_id(id);
}

UnixNanos created_of(const OrderedJson& row) { return row.at("Created").get<std::int64_t>() * std::nano::den; }

/// "REGISTRY/PATH" and "TAG" of a full name.
std::pair<std::string, std::string> repository_and_tag(const std::string& name) {
    if (name.empty()) return {"<none>", "<none>"};
    if (const auto at = name.find('@'); at != std::string::npos) return {name.substr(0, at), "<none>"};
    const auto colon = name.rfind(':');
    return {name.substr(0, colon), name.substr(colon + 1)};
}

OrderedJson labels_of(const ImagesById& images, const OrderedJson& row) {
    const auto found = images.find(row.at("Id").get<std::string>());
    OrderedJson labels = OrderedJson::object();
    if (found == images.end()) return labels;
    for (const auto& [key, value] : found->second->parsed_config().labels) labels[key] = value;
    return labels;
}

/// Everything that needs no look into the config.
OrderedJson summary(const ImageRecord& image, int containers) {
    OrderedJson json;
    json["Id"] = image.id;
    json["ParentId"] = "";
    json["RepoTags"] = image.names;
    json["RepoDigests"] = image.repo_digests;
    json["Size"] = image.size;
    json["SharedSize"] = 0;
    json["VirtualSize"] = image.size;
    json["Labels"] = OrderedJson::object();
    json["Containers"] = containers;
    json["Names"] = image.names;
    json["Digest"] = image.manifest_digest.text();
    json["History"] = image.names_history;
    json["Created"] = image.created_at / std::nano::den;
    json["CreatedAt"] = rfc3339(image.created_at / std::nano::den * std::nano::den);
    return json;
}

}  // namespace

std::string size_cell(std::uint64_t bytes) {
    static constexpr std::array<const char*, 7> kUnits = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1000 && unit + 1 < kUnits.size()) {
        value /= 1000;
        ++unit;
    }
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return concat(text, " ", kUnits[unit]);
}

std::string ago(UnixNanos when, UnixNanos now) { return concat(human_duration(std::chrono::seconds{(now - when) / std::nano::den}), " ago"); }

OrderedJson image_json(const ImageRecord& image, int containers) {
    auto json = summary(image, containers);
    const auto labels = image.parsed_config().labels;
    if (labels.empty())
        json["Labels"] = nullptr;
    else
        json["Labels"] = labels;
    return json;
}

OrderedJson image_row(const ImageRecord& image, const std::string& name, int containers) {
    auto row = summary(image, containers);
    const auto [repository, tag] = repository_and_tag(name);
    row["Repository"] = repository;
    row["Tag"] = tag;
    return row;
}

Methods image_methods(std::shared_ptr<const ImagesById> images, bool in_full) {
    const auto now = now_nanos();
    using Row = const OrderedJson&;
    using Arguments = std::span<const OrderedJson>;
    const auto created_at = [](Row row, Arguments) -> OrderedJson { return go_time(created_of(row)); };
    const auto created_since = [now](Row row, Arguments) -> OrderedJson { return ago(created_of(row), now); };
    return {
        {"ID", [in_full](Row row, Arguments) -> OrderedJson { return id_cell(row, in_full); }},
        {"Created", created_since},
        {"CreatedSince", created_since},
        {"CreatedAt", created_at},
        {"CreatedTime", created_at},
        {"Size", [](Row row, Arguments) -> OrderedJson { return size_cell(row.at("Size").get<std::uint64_t>()); }},
        {"Labels", [images](Row row, Arguments) { return labels_of(*images, row); }},
        {"Dangling", [](Row row, Arguments) -> OrderedJson { return row.at("Names").empty(); }},
        {"ReadOnly", [](Row, Arguments) -> OrderedJson { return false; }},
        {"History", [](Row row, Arguments) -> OrderedJson { return join(row.at("History").get<std::vector<std::string>>(), ", "); }},
    };
}

Headers image_headers() { return {{"ID", "IMAGE ID"}, {"CreatedAt", "CREATED AT"}, {"CreatedSince", "CREATED"}, {"ReadOnly", "R/O"}}; }

}  // namespace skiff::cli
