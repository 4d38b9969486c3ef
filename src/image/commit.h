#pragma once
/// An image made of another one and a directory tree: what `commit` gives.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/image_store.h"
#include "image/receive.h"
#include "storage/tar_tree.h"

namespace skiff::image {

enum class DocumentFormat { Oci, Docker };
/// "oci" or "docker"; empty is "oci". Throws Error{Invalid}.
DocumentFormat parse_document_format(std::string_view text);

/// The name that a user gives to a new image, completed with localhost/ and "latest"; none when it is empty. Throws
/// Error{Invalid} for a name by digest too: the digest is not known yet.
std::vector<Reference> names_for_new(std::string_view text);

struct CommitRequest {
    std::optional<std::string> base;  ///< ID of the image below the new layer; unset: the layer stands alone
    int tree = -1;                    ///< directory that becomes the layer
    storage::TarTreeOptions tar;
    ImageConfig config;               ///< all but `created`, `diff_ids` and `history`
    HistoryEntry history;             ///< of the new layer; `created` is set here
    DocumentFormat format = DocumentFormat::Oci;
    std::vector<Reference> names;
};

/// For worker processes: reads the tree in a thread of its own. Throws what LayerStore::apply and ImageStore::add throw; on
/// failure nothing of the image stays.
ImageRecord commit_tree(const ImageStore& store, const CommitRequest& request, const ReceiveOptions& options);

/// Takes over what `json`, the `config` object of an image's document (Docker's container configuration), sets. Throws
/// Error{Corrupt} with `name` in front.
void override_config(ImageConfig& config, std::string_view json, std::string_view name);

}  // namespace skiff::image
