#include "image/outgoing_document.h"

#include <algorithm>

#include "image/registry/push.h"
#include "image/registry/remote_document.h"
#include "image/save.h"
#include "image/send.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::image {
namespace {

class IndexBuilder {
public:
    IndexBuilder(const ImageStore& store, const OutgoingOptions& wanted, bool all, const registry::Options& options)
        : store_{store}, wanted_{wanted}, all_{all}, options_{options} {}

    OutgoingDocuments build(ImageIndex index) {
        for (auto& entry : index.entries) in_context(concat("image ", entry.manifest.digest.text()), [&] { add(entry); });
        const auto type = index_type(index);
        documents_.push_back({write_index(index, type), type, {}});
        return std::move(documents_);
    }

private:
    std::string index_type(const ImageIndex& index) const {
        if (!wanted_.format) return natural_index_type(index);
        return std::string{*wanted_.format == ManifestFormat::Docker ? media::kDockerList : media::kOciIndex};
    }

    bool changes_format(const std::string& media_type) const {
        return wanted_.format && media_type.starts_with("application/vnd.oci.") != (*wanted_.format == ManifestFormat::Oci);
    }

    void add(IndexEntry& entry) {
        if (entry.image_id) return add_local(entry);
        if (!all_) return;
        if (entry.source.empty()) throw Error{ErrorKind::NotFound, "it was removed from here", "pull or build it again and add it anew, or push with --all=false"};
        if (wanted_.force_compression || changes_format(entry.manifest.media_type))
            throw Error{ErrorKind::Unsupported, "it is in a registry and goes out as it is: another format or compression needs it here", "pull it first, then add it"};
        auto documents = registry::remote_documents(parse_reference(entry.source), options_);
        std::move(documents.begin(), documents.end(), std::back_inserter(documents_));
    }

    /// Layers that had to be compressed give the image another manifest, which the index then names.
    void add_local(IndexEntry& entry) {
        auto document = as_document(outgoing_image(store_, store_.get(*entry.image_id), wanted_));
        entry.manifest.digest = Digest::of(document.text);
        entry.manifest.size = document.text.size();
        entry.manifest.media_type = document.media_type;
        if (all_) documents_.push_back(std::move(document));
    }

    const ImageStore& store_;
    const OutgoingOptions& wanted_;
    bool all_;
    const registry::Options& options_;
    OutgoingDocuments documents_;
};

void report_copy(const std::function<void(std::string_view)>& report, const OutgoingDocument& document, std::size_t position, std::size_t count) {
    if (report && count > 1) report(concat("Copying image ", Digest::of(document.text).text(), " (", position, "/", count - 1, ")"));
}

}  // namespace

OutgoingDocument as_document(OutgoingImage image) {
    OutgoingDocument document{std::move(image.manifest), std::move(image.manifest_type), {}};
    for (auto& layer : image.layers) document.blobs.push_back({std::move(layer.blob), std::move(layer.open), {}});
    const auto config = std::make_shared<std::string>(std::move(image.config));
    // The source borrows the text, so the opener owns it.
    document.blobs.push_back({std::move(image.config_blob), [config] { return std::make_unique<storage::MemorySource>(*config); }, {}});
    return document;
}

OutgoingDocuments outgoing_index(const ImageStore& store, const ImageIndex& index, const OutgoingOptions& wanted, bool all, const registry::Options& options) {
    return IndexBuilder{store, wanted, all, options}.build(index);
}

Digest send_documents(const ImageStore& store, const OutgoingDocuments& documents, const Location& destination, const registry::Options& options,
                      const std::function<void(std::string_view)>& report) {
    const auto told = [&](const OutgoingDocument& document, std::size_t position) {
        if (position < documents.size()) report_copy(report, document, position, documents.size());
    };
    const auto& [transport, path, reference] = destination;
    switch (transport) {
        case Transport::Docker: registry::push_documents(store, documents, parse_reference(path), options, report, told); break;
        case Transport::Oci: save_documents_oci(*write_to_directory(path), documents, reference, index_of_layout(path), told); break;
        case Transport::OciArchive: save_documents_oci(*write_to_archive(path), documents, reference, {}, told); break;
        case Transport::Dir: save_documents_directory(*write_to_directory(path), documents, told); break;
        case Transport::ContainersStorage: throw Error{ErrorKind::Unsupported, "podman's own storage is read, not written", "use oci-archive"};
        case Transport::DockerArchive: throw Error{ErrorKind::Unsupported, "docker-archive holds no manifest lists", "use oci-archive"};
    }
    return Digest::of(documents.back().text);
}

}  // namespace skiff::image
