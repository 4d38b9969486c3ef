#pragma once
/// Taking an image over from a registry.

#include <optional>
#include <string>
#include <vector>

#include "image/image_store.h"
#include "image/jobs.h"
#include "image/receive.h"
#include "image/registry/registries_conf.h"

namespace skiff::image::registry {

/// Pulls what `request` names; see run_registry_pull. In a worker process: loads libcurl and starts threads.
std::vector<JobImage> pull_images(const ImageStore& store, const RegistryPull& request, const ReceiveOptions& receive);

/// registries.conf as the caller's environment says.
RegistriesConf registries_conf(const Options& options);

}  // namespace skiff::image::registry
