#include "image/registry/remote_image.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "image/image_rows.h"
#include "image/progress.h"
#include "image/registry/api.h"
#include "image/registry/attempts.h"
#include "image/registry/blob_fetcher.h"
#include "image/registry/status.h"
#include "image/signature/policy_signatures.h"
#include "image/signature/requirement.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

constexpr int kIndexDepth = 4;
constexpr std::chrono::milliseconds kProgressInterval{100};

/// One pull of one reference from one place.
class Pull {
public:
    Pull(const ImageStore& store, const RegistryPull& request, const ReceiveOptions& receive, const Reference& reference, Session& session)
        : store_{store}, request_{request}, receive_{receive}, reference_{reference}, session_{session}, connection_{session} {}

    JobImage run() {
        const auto signatures = required_signatures(policy_files(session_.options().environment), reference_);
        if (signatures.empty())  // else what is here may have come before they were required
            if (const auto here = up_to_date()) return *here;
        auto manifest = fetch_manifest(wanted());
        std::optional<Digest> index_digest;
        for (int depth = 0; kind_of_document(manifest.text, manifest.media_type, "manifest") == DocumentKind::Index; ++depth) {
            if (depth == kIndexDepth) throw Error{ErrorKind::Corrupt, concat("indexes nested deeper than ", kIndexDepth)};
            if (!index_digest) index_digest = manifest.digest;
            manifest = selected(manifest);
        }
        require_signatures(signatures, reference_, manifest.digest, connection_);
        return receive(manifest, index_digest);
    }

private:
    std::string wanted() const { return reference_.digest ? reference_.digest->text() : reference_.tag; }

    /// What the name means here, when it is for the wanted platform.
    std::optional<std::string> local_image() const {
        const auto id = image_with_name(store_.db(), reference_.text());
        if (!id) return std::nullopt;
        const auto here = store_.get(*id).parsed_config().platform;
        const auto& platform = request_.platform;
        const bool same = here.os == platform.os && here.architecture == platform.architecture &&
                          (here.variant.empty() || platform.variant.empty() || here.variant == platform.variant);
        return same ? id : std::nullopt;
    }

    /// One HEAD request (none for a digest) tells whether the registry has anything new.
    std::optional<JobImage> up_to_date() {
        const auto id = local_image();
        if (!id) return std::nullopt;
        auto digest = reference_.digest;
        if (!digest) with_retries(session_.options(), note(), [&] { digest = head_manifest(connection_, reference_.tag); });
        if (!digest) return std::nullopt;
        const auto images = images_with_digest(store_.db(), *digest);
        if (std::find(images.begin(), images.end(), *id) == images.end()) return std::nullopt;
        return JobImage{*id, {reference_.text()}};
    }

    FetchedManifest fetch_manifest(const std::string& what) {
        std::optional<FetchedManifest> manifest;
        with_retries(session_.options(), note(), [&] { manifest = get_manifest(connection_, what); });
        return *manifest;
    }

    FetchedManifest selected(const FetchedManifest& index) {
        const auto parsed = parse_index(index.text, index.media_type, "index");
        const auto& entry = select_platform(parsed, request_.platform, "index");
        auto manifest = fetch_manifest(entry.digest.text());
        verify_content(manifest.text, entry, "manifest");
        return {std::move(manifest.text), entry.media_type.empty() ? manifest.media_type : entry.media_type, manifest.digest};
    }

    std::string config_of(const Manifest& manifest) {
        if (manifest.config.digest.is_sha256())
            if (const auto known = read_image(store_.db(), manifest.config.digest.hex())) return known->config;
        std::string config;
        with_retries(session_.options(), note(), [&] { config = get_blob(connection_, manifest.config, kConfigLimitBytes); });
        return config;
    }

    JobImage receive(const FetchedManifest& manifest, const std::optional<Digest>& index_digest) {
        const auto parsed = parse_manifest(manifest.text, manifest.media_type, "manifest");
        auto config = config_of(parsed);
        BlobFetcher fetcher{session_, store_.root(), store_.db().file(), fetch_report()};
        auto image = make_offer(manifest.text, parsed.media_type, std::move(config), reference_.text(), [&](const Descriptor& blob) { return fetcher.open(blob); });
        image.kept_by_source = true;
        image.index_digest = index_digest;
        image.names.push_back(reference_);
        image.prepare = [&](std::size_t first) { fetcher.begin({parsed.layers.begin() + static_cast<std::ptrdiff_t>(first), parsed.layers.end()}); };
        image.abandon = [&](bool refused) { refused ? fetcher.refuse() : fetcher.cancel(); };
        return {receive_image(store_, image, receive_).id, {reference_.text()}};
    }

    /// Ten times a second and at the end of each blob.
    FetchReport fetch_report() const {
        if (!receive_.report) return {};
        return [this, told = std::map<std::string, std::chrono::steady_clock::time_point>{}](const Descriptor& blob, std::uint64_t have) mutable {
            const auto now = std::chrono::steady_clock::now();
            auto& last = told[blob.digest.text()];
            if (have < blob.size && now - last < kProgressInterval) return;
            last = now;
            receive_.report(progress_line({blob.digest.text(), have, blob.size}));
        };
    }

    std::function<void(std::string_view)> note() const {
        if (!receive_.report) return {};
        return [this](std::string_view why) { receive_.report(concat("Trying again: ", why)); };
    }

    const ImageStore& store_;
    const RegistryPull& request_;
    const ReceiveOptions& receive_;
    const Reference& reference_;
    Session& session_;
    Connection connection_;
};

class Puller {
public:
    Puller(const ImageStore& store, const RegistryPull& request, const ReceiveOptions& receive)
        : store_{store}, request_{request}, receive_{receive}, conf_{registries_conf(request.options)} {}

    std::vector<JobImage> pull(const Reference& reference) {
        if (receive_.report) receive_.report(concat("Trying to pull ", request_.all_tags ? reference.repository() : reference.text(), "..."));
        if (!request_.all_tags) return {pull_one(reference)};
        std::vector<JobImage> images;
        for (auto& tag : tags_of(reference)) {
            auto tagged = try_parse_reference(concat(reference.repository(), ":", tag));
            if (!tagged) throw Error{ErrorKind::Corrupt, concat("the registry lists an invalid tag: ", quote(tag))};
            images.push_back(pull_one(*tagged));
        }
        return images;
    }

private:
    JobImage pull_one(const Reference& reference) {
        return in_context(concat("pulling ", quote(reference.text())), [&] {
            return at_first_that_works<JobImage>(endpoints_for(conf_, reference), [&](const Endpoint& endpoint) {
                Session session{endpoint, request_.options};
                return Pull{store_, request_, receive_, reference, session}.run();
            });
        });
    }

    std::vector<std::string> tags_of(const Reference& reference) {
        return in_context(concat("tags of ", quote(reference.repository())), [&] {
            return at_first_that_works<std::vector<std::string>>(endpoints_for(conf_, reference), [&](const Endpoint& endpoint) {
                Session session{endpoint, request_.options};
                Connection connection{session};
                std::vector<std::string> tags;
                with_retries(request_.options, {}, [&] { tags = list_tags(connection); });
                return tags;
            });
        });
    }

    const ImageStore& store_;
    const RegistryPull& request_;
    const ReceiveOptions& receive_;
    RegistriesConf conf_;
};

}  // namespace

RegistriesConf registries_conf(const Options& options) {
    RegistriesConfFiles where;
    where.replacement = options.variable("CONTAINERS_REGISTRIES_CONF");
    return load_registries_conf(where);
}

std::vector<JobImage> pull_images(const ImageStore& store, const RegistryPull& request, const ReceiveOptions& receive) {
    Puller puller{store, request, receive};
    std::string earlier;
    for (std::size_t i = 0;; ++i) {
        try {
            return puller.pull(request.references[i]);
        } catch (const Error& error) {
            if (i + 1 < request.references.size()) {
                earlier.append(error.what()).append("; ");
                continue;
            }
            if (earlier.empty()) throw;
            throw Error{error.kind(), concat(earlier, error.what()), error.hint()};
        }
    }
}

}  // namespace skiff::image::registry
