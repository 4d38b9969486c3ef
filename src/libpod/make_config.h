#pragma once
/// From options, image and engine configuration to a container's configuration.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libpod/container_config.h"
#include "libpod/containers_conf.h"
#include "libpod/create_options.h"

namespace skiff::libpod {

/// What is needed of an image's config, taken over unchecked: make_config() judges it.
struct ImageFacts {
    std::string id;         ///< 64 hex digits
    std::string name;       ///< full reference
    std::string raw_name;   ///< as the user gave it
    std::string top_layer;  ///< chain ID
    std::vector<std::string> env;
    std::vector<std::string> cmd, entrypoint;
    std::string working_dir, user, stop_signal;
    std::vector<std::string> volumes;
    std::vector<std::string> exposed_ports;
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;  ///< of the manifest
    std::string healthcheck_json;                    ///< config.Healthcheck, "" when absent
};

/// Merges, lowest first: engine defaults, `engine` (containers.conf), the image, `options`. `image` is null with a root
/// directory. `id`, `created_at` and (when options.name is empty) `name` are for the caller to set.
///
/// An image's words are hostile: a malformed WORKDIR, USER, Env, VOLUME or StopSignal is Error{Corrupt} naming the image;
/// nothing is filled from the host, and no label or annotation of it changes how the container is run.
/// Throws Error{Invalid} for options that contradict each other.
ContainerConfig make_config(const CreateOptions& options, const ImageFacts* image, const EngineConfig& engine);

}  // namespace skiff::libpod
