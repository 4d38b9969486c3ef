#pragma once
/// Writing images to files: what `save`, and `push` to a local transport, do.

#include <string>
#include <vector>

#include "image/file_writer.h"
#include "image/outgoing.h"
#include "image/outgoing_document.h"
#include "image/reference.h"

namespace skiff::image {

struct NamedOutgoing {
    OutgoingImage image;
    std::string id;                  ///< 64 hex digits
    std::vector<std::string> names;  ///< "REPOSITORY:TAG"; may be empty
};

/// An OCI image layout; names go into `org.opencontainers.image.ref.name`. Entries of an index that is there already stay, but for
/// those of the same names. Returns nothing; throws what the writer and the layers throw. Source: image-spec, image-layout.md.
void save_oci(FileWriter& to, const std::vector<NamedOutgoing>& images, const std::string& existing_index);

/// What `docker save` writes: uncompressed layers. Source: Docker image specification v1.2, "Combined Image JSON".
void save_docker_archive(FileWriter& to, const std::vector<NamedOutgoing>& images);

/// The layout of `dir:`. Source: containers-transports(5).
void save_blob_directory(FileWriter& to, const OutgoingImage& image);

/// The same for any documents; the last one gets the name (empty: none). `begun` is called before each with its position,
/// counted from 1.
using DocumentBegun = std::function<void(const OutgoingDocument&, std::size_t)>;
void save_documents_oci(FileWriter& to, const OutgoingDocuments& documents, const std::string& name, const std::string& existing_index, const DocumentBegun& begun);
void save_documents_directory(FileWriter& to, const OutgoingDocuments& documents, const DocumentBegun& begun);

}  // namespace skiff::image
