#include "cli/artifact_mounts.h"

#include <algorithm>
#include <map>

#include "util/csv.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

constexpr std::string_view kArtifactType = "type=artifact";

struct ArtifactMount {
    std::string source, destination, title, digest, name;
};

std::string* member_of(ArtifactMount& mount, std::string_view key) {
    if (key == "src" || key == "source") return &mount.source;
    if (key == "dst" || key == "destination" || key == "target") return &mount.destination;
    if (key == "title") return &mount.title;
    if (key == "digest") return &mount.digest;
    return key == "name" ? &mount.name : nullptr;
}

ArtifactMount parse_artifact_mount(const std::vector<std::string>& fields, const std::string& whole) {
    ArtifactMount mount;
    const auto refuse = [&](std::string_view why) {
        return Error{ErrorKind::Invalid, concat("--mount ", quote(whole), ": ", why), "type=artifact,src=NAME,dst=PATH[,title=TITLE|,digest=DIGEST][,name=NAME]"};
    };
    for (const auto& field : fields) {
        if (field == kArtifactType) continue;
        const auto pair = split_once(field, '=');
        auto* value = pair ? member_of(mount, pair->first) : nullptr;
        if (value == nullptr || pair->second.empty() || !value->empty()) throw refuse(concat("option ", quote(field), " is unknown, empty or there twice"));
        *value = pair->second;
    }
    if (mount.source.empty() || !mount.destination.starts_with('/')) throw refuse("a source and an absolute destination are wanted");
    if (!mount.title.empty() && !mount.digest.empty()) throw refuse("title and digest exclude each other");
    return mount;
}

/// As a field of a CSV record.
std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
    return quoted.append("\"");
}

std::string bind_of(const image::ArtifactStore& store, const image::Descriptor& file, const std::string& destination) {
    return concat("type=bind,ro,", csv_field(concat("src=", store.blob_path(file.digest).native())), ",", csv_field(concat("dst=", destination)));
}

std::vector<std::string> binds_of(const image::ArtifactStore& store, const ArtifactMount& mount) {
    const auto artifact = store.find(mount.source);
    const auto below = [&](const std::string& name) { return concat(mount.destination, mount.destination.ends_with('/') ? "" : "/", name); };
    const bool one = !mount.title.empty() || !mount.digest.empty() || artifact.files.size() == 1;
    if (one) {
        const auto& file = image::choose_artifact_file(artifact, mount.title, mount.digest);
        const bool in_directory = !mount.name.empty() || mount.destination.ends_with('/');
        return {bind_of(store, file, in_directory ? below(mount.name.empty() ? image::artifact_file_name(file) : mount.name) : mount.destination)};
    }
    if (!mount.name.empty()) throw Error{ErrorKind::Invalid, concat("artifact ", quote(artifact.name), " has several files: one name is not enough"), "choose one by title or digest"};
    std::vector<std::string> binds;
    for (const auto& file : artifact.files) binds.push_back(bind_of(store, file, below(image::artifact_file_name(file))));
    return binds;
}

}  // namespace

void expand_artifact_mounts(const image::ArtifactStore& store, std::vector<std::string>& mounts) {
    std::vector<std::string> expanded;
    for (const auto& word : mounts) {
        const auto fields = word.find(kArtifactType) == std::string::npos ? std::vector<std::string>{} : split_csv(word);
        if (std::find(fields.begin(), fields.end(), kArtifactType) == fields.end()) {
            expanded.push_back(word);
            continue;
        }
        for (auto& bind : in_context("--mount", [&] { return binds_of(store, parse_artifact_mount(fields, word)); })) expanded.push_back(std::move(bind));
    }
    mounts = std::move(expanded);
}

}  // namespace skiff::cli
