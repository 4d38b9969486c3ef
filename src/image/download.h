#pragma once
/// A file from the web, as `import` takes one. In worker processes.

#include <memory>
#include <string>

#include "storage/source.h"

namespace skiff::image {

/// The bytes at an http: or https: URL, as they arrive; redirects are followed, but not from TLS to plain HTTP. Reading throws
/// registry::HttpError and registry::StatusError.
std::unique_ptr<storage::Source> open_download(const std::string& url);

}  // namespace skiff::image
