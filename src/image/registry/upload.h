#pragma once
/// The registry's requests for writing. Source: distribution-spec v1.1, "Push".

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "image/manifest.h"
#include "image/registry/session.h"
#include "storage/source.h"

namespace skiff::image::registry {

enum class Uploaded { Sent, Mounted, Existed };

/// Where a blob may be mounted from: another repository of the same registry; empty: nowhere.
struct Upload {
    Descriptor blob;
    std::string mount_from;
    std::function<std::unique_ptr<storage::Source>()> open;  ///< called once for each attempt
};

/// HEAD, then a mount, then one PUT of all bytes; retried as the options say. Throws StatusError, HttpError, and
/// Error{Corrupt} when the bytes are not the blob's.
Uploaded upload_blob(Connection& connection, const Upload& upload);

/// PUTs the manifest under a tag or digest. One with a subject is entered in the list of what refers to that, unless the registry says
/// (OCI-Subject) that it does so itself. Throws StatusError; Error{Corrupt} when the registry says another digest.
void put_manifest(Connection& connection, std::string_view reference, const std::string& manifest, const std::string& media_type);

}  // namespace skiff::image::registry
