#pragma once
/// Containerfile instructions that change an image's config without a build: `import --change`, `commit --change`.
/// Source: docker's Dockerfile reference; containers' Containerfile(5).

#include <string_view>

#include "image/config.h"

namespace skiff::image {

/// Applies one instruction: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR. The keyword is
/// followed by white space or "=", so "CMD=/bin/sh" works as well. Throws Error{Invalid} quoting it.
void apply_change(ImageConfig& config, std::string_view instruction);

}  // namespace skiff::image
