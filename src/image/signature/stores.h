#pragma once
/// Where signatures are kept: lookaside stores beside a registry, and attachments in it. In worker processes.
/// Source: containers/image, docs/signature-protocols.md; cosign, SIGNATURE_SPEC.

#include <string>
#include <vector>

#include "image/reference.h"
#include "image/registry/session.h"
#include "image/signature/registries_d.h"
#include "util/digest.h"

namespace skiff::image {

/// A sigstore signature: what was signed, and the signature in DER.
struct Attachment {
    std::string payload;
    std::string signature;
};

/// The OpenPGP messages for `manifest` of `reference`'s repository. Nothing there: empty. Throws HttpError, SystemError, and
/// Error{Invalid} for a URL that is no file:, http: or https:.
std::vector<std::string> lookaside_signatures(const SignaturePlaces& places, const Reference& reference, const Digest& manifest,
                                              const registry::Options& options);
/// Adds one behind those that are there. Throws Error{Invalid} when signatures are not written to a directory of this machine.
void add_lookaside_signature(const SignaturePlaces& places, const Reference& reference, const Digest& manifest, const std::string& message);

/// The attachments "sha256-<hex>.sig" of the connection's repository; empty when there is no such tag.
std::vector<Attachment> sigstore_attachments(registry::Connection& connection, const Digest& manifest);
/// Adds one behind those that are there.
void add_sigstore_attachment(registry::Connection& connection, const Digest& manifest, const Attachment& attachment);

}  // namespace skiff::image
