/// OCI image layouts. Source: image-spec, image-layout.md, annotations.md.

#include <algorithm>
#include <set>

#include "image/config.h"
#include "image/manifest.h"
#include "image/offer.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr int kIndexDepth = 4;
constexpr const char* kWholeName = "io.containerd.image.name";  // docker 25, nerdctl and buildkit write it beside a bare tag

std::string blob_name(const Digest& digest) { return concat("blobs/", digest.algorithm(), "/", digest.hex()); }

std::string annotation(const Descriptor& entry, const char* key) {
    const auto found = entry.annotations.find(key);
    return found == entry.annotations.end() ? std::string{} : found->second;
}

void check_layout_version(const FileSet& files) {
    const auto text = files.read("oci-layout", 4096);
    const auto version = in_context(files.shown(), [&] { return string_or(parse_json(text, "oci-layout"), "imageLayoutVersion"); });
    if (!version.starts_with("1."))
        throw Error{ErrorKind::Unsupported, concat(files.shown(), ": image layout version ", quote(version), " is not known")};
}

std::string read_document(const FileSet& files, const Descriptor& descriptor, std::size_t limit, std::string_view what) {
    auto text = files.read(blob_name(descriptor.digest), limit);
    verify_content(text, descriptor, concat(files.shown(), ": ", what));
    return text;
}

/// An entry without media type, or of an image's type, that is neither artifact nor attestation.
bool may_be_image(const Descriptor& entry) {
    const bool attestation = annotation(entry, "vnd.docker.reference.type") == "attestation-manifest";
    return !attestation && entry.artifact_type.empty() && !(entry.platform && entry.platform->os == "unknown");
}

std::string entry_name(const Descriptor& entry) {
    const auto whole = annotation(entry, kWholeName);
    return whole.empty() ? annotation(entry, kRefName) : whole;
}

bool answers_to(const Descriptor& entry, const std::string& wanted) {
    return annotation(entry, kRefName) == wanted || annotation(entry, kWholeName) == wanted;
}

std::vector<const Descriptor*> entries_named(const Index& index, const std::string& wanted) {
    std::vector<const Descriptor*> found;
    for (const auto& entry : index.manifests)
        if (may_be_image(entry) && (wanted.empty() || answers_to(entry, wanted))) found.push_back(&entry);
    return found;
}

std::string names_in(const Index& index) {
    std::vector<std::string> names;
    for (const auto* entry : entries_named(index, "")) names.push_back(entry_name(*entry).empty() ? "one without name" : quote(entry_name(*entry)));
    return names.empty() ? "it has none" : concat("it has ", join(names, ", "));
}

/// One group for each name; entries of one name differ in their platform.
std::vector<Index> grouped(const std::vector<const Descriptor*>& entries, const std::string& media_type) {
    std::vector<Index> groups;
    for (const auto* entry : entries) {
        const auto same = [&](const Index& group) { return entry_name(group.manifests.front()) == entry_name(*entry); };
        const auto group = std::find_if(groups.begin(), groups.end(), same);
        if (group == groups.end())
            groups.push_back({media_type, {*entry}, {}});
        else
            group->manifests.push_back(*entry);
    }
    return groups;
}

/// A name that a bare word ("latest") gives together with where it was found.
std::optional<Reference> reference_from(const std::string& name, const Selection& selection) {
    const bool bare = name.find_first_of(":/@") == std::string::npos;
    if (name.empty()) {
        if (selection.fallback_name.empty()) return std::nullopt;
        return normalize_reference(selection.fallback_name, Default::Localhost);
    }
    if (bare && !selection.fallback_name.empty()) {
        const auto tagged = try_parse_reference(concat(selection.fallback_name, ":", name));
        if (tagged) return complete(*tagged, Default::Localhost);
    }
    const auto parsed = try_parse_reference(name);
    if (!parsed) return std::nullopt;  // the annotation may be any text; then the image comes without name
    return complete(*parsed, Default::Localhost);
}

OfferedImage offer(const FileSet& files, Descriptor entry, const Selection& selection) {
    std::optional<Digest> index_digest;
    for (int depth = 0; depth < kIndexDepth; ++depth) {
        auto text = read_document(files, entry, kManifestLimitBytes, "manifest");
        if (kind_of_document(text, entry.media_type, concat(files.shown(), ": manifest")) == DocumentKind::Manifest) {
            const auto manifest = parse_manifest(text, entry.media_type, concat(files.shown(), ": manifest"));
            auto config = read_document(files, manifest.config, kConfigLimitBytes, "config");
            auto image = make_offer(std::move(text), manifest.media_type, std::move(config), files.shown(),
                                    [&files](const Descriptor& blob) { return files.open(blob_name(blob.digest)); });
            image.index_digest = index_digest;
            return image;
        }
        if (!index_digest) index_digest = entry.digest;
        const auto index = parse_index(text, entry.media_type, concat(files.shown(), ": index"));
        entry = select_platform(index, selection.platform, files.shown());
    }
    throw Error{ErrorKind::Corrupt, concat(files.shown(), ": indexes nested deeper than ", kIndexDepth)};
}

OfferedImage offer_group(const FileSet& files, const Index& group, const Selection& selection) {
    const auto& chosen = group.manifests.size() == 1 ? group.manifests.front() : select_platform(group, selection.platform, files.shown());
    auto image = offer(files, chosen, selection);
    if (const auto name = reference_from(entry_name(chosen), selection)) image.names.push_back(*name);
    return image;
}

}  // namespace

std::vector<OfferedImage> offer_oci_layout(const FileSet& files, const Selection& selection) {
    check_layout_version(files);
    const auto index = parse_index(files.read("index.json", kManifestLimitBytes), "", concat(files.shown(), ": index.json"));
    const auto groups = grouped(entries_named(index, selection.reference), index.media_type);
    const auto wanted = selection.reference.empty() ? std::string{} : concat(" ", quote(selection.reference));
    if (groups.empty()) throw Error{ErrorKind::NotFound, concat(files.shown(), ": no image", wanted, ": ", names_in(index))};
    if (groups.size() > 1 && !selection.all)
        throw Error{ErrorKind::Ambiguous, concat(files.shown(), ": more than one image: ", names_in(index)), "add \":NAME\" to choose one"};
    std::vector<OfferedImage> images;
    for (const auto& group : groups) images.push_back(offer_group(files, group, selection));
    return images;
}

}  // namespace skiff::image
