#pragma once
/// The registry's requests for reading. Source: distribution-spec v1.1, "Pull", "Content Discovery".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/manifest.h"
#include "image/registry/session.h"
#include "util/digest.h"

namespace skiff::image::registry {

struct FetchedManifest {
    std::string text;
    std::string media_type;  ///< what the registry said, without parameters; empty: nothing of use
    Digest digest;           ///< of the text, verified where one was asked for or promised
};

/// The scope that a token needs.
std::string pull_scope(std::string_view repository);

/// "Pulling manifests". `reference` is a tag or a digest. Throws Error{Corrupt} for a wrong digest or more than
/// kManifestLimitBytes, StatusError otherwise.
FetchedManifest get_manifest(Connection& connection, std::string_view reference);
/// The digest that a tag has now; nullopt when the registry does not say.
std::optional<Digest> head_manifest(Connection& connection, std::string_view reference);

/// A small blob, verified. Throws Error{Corrupt} for anything but `blob`.
std::string get_blob(Connection& connection, const Descriptor& blob, std::size_t limit_bytes);

/// Gives a blob's bytes from `offset` on to `sink`. Returns true when the registry did begin there; with false `restart`
/// was called and all bytes come from the first on. Never more than `blob.size` in all.
void stream_blob(Connection& connection, const Descriptor& blob, std::uint64_t offset, const std::function<void()>& restart,
                 const HttpClient::BodySink& sink);

/// All tags, at most 100,000. The next page is only looked for at the registry itself.
std::vector<std::string> list_tags(Connection& connection);

}  // namespace skiff::image::registry
