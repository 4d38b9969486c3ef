#pragma once
/// registries.d: where the signatures of a registry's images are. Source: containers-registries.d(5).

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "image/reference.h"

namespace skiff::image {

/// One section.
struct SignaturePlaces {
    std::string read_url;    ///< of the lookaside store: file:, http: or https:; empty: none
    std::string write_url;   ///< where signatures are added; empty: nowhere
    bool attachments = false;  ///< sigstore's, as images of the same repository
};

/// The most specific section for `reference` below $HOME/.config/containers/registries.d, where that is there, else
/// /etc/containers/registries.d; without any the built-in ones. Throws Error{Corrupt} for a file that is not as it should be.
SignaturePlaces signature_places(const std::map<std::string, std::string>& environment, const Reference& reference);

/// The mappings of one file, and nothing else in it than mappings and words. Keys of the result: the path of keys, joined by
/// newlines. Throws Error{Corrupt} naming the file.
std::map<std::string, std::string> parse_mappings(std::string_view text, std::string_view name);

}  // namespace skiff::image
