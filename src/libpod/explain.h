#pragma once
/// Where each line of a container's configuration, and of the OCI configuration made from it, comes from.

#include <string>
#include <vector>

#include "libpod/container_config.h"
#include "libpod/create_options.h"

namespace skiff::libpod {

class Runtime;

/// Lowest first: each is laid over the ones before it (see make_config()).
enum class Origin { Engine, ContainersConf, Image, CommandLine };
/// "skiff", "containers.conf", "image", "command line".
const char* origin_name(Origin origin);

struct ExplainedLine {
    std::string key;    ///< members joined by dots; "[]" behind a list's name stands for one of its elements
    std::string value;  ///< a text as it is, anything else as JSON
    Origin origin = Origin::Engine;
};

struct Explanation {
    std::vector<ExplainedLine> configuration;  ///< without what is the container's own: ID, name, times
    std::vector<ExplainedLine> oci;            ///< config.json as the next start writes it
};

/// The configuration that create would store: the image is here already. Throws what create throws for these options.
ContainerConfig planned_config(Runtime& runtime, const CreateOptions& options);

/// `config` is stored, or was made by planned_config(). Makes the configuration again without what was asked, without the
/// image, without containers.conf, and compares: a line comes from the first of these that has it.
/// Reads the image's layers; makes nothing. Throws Error{NotFound} when the image or its user is gone.
Explanation explain(const Runtime& runtime, const ContainerConfig& config);

}  // namespace skiff::libpod
