#pragma once
/// The fixed words that values are made of. Private to completion.
/// Sources: capabilities(7), signal(7), podman-run(1), podman-ps(1), podman-images(1).

#include <span>
#include <string_view>

#include "cli/complete/values.h"

namespace skiff::cli::completion {

/// A word that ends in `=`, `:` goes on.
std::span<const std::string_view> words_of(Kind kind);

/// The keys of --filter; and what may follow one: a kind, or words.
struct FilterKey {
    std::string_view name;
    Kind kind = Kind::Unknown;
    std::span<const std::string_view> words;
};
std::span<const FilterKey> filter_keys(Kind kind);

/// The placeholders of a listing's --format.
std::span<const std::string_view> fields_of(Kind kind);

}  // namespace skiff::cli::completion
