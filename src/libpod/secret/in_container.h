#pragma once
/// The secrets of one container. Their content is copied when it is created, into ROOT/containers/<id>/secrets (0700, files
/// 0600), and shown from RUNROOT/<id>/secrets while it runs: never from its writable layer, which commit and export read.

#include <filesystem>
#include <string>
#include <vector>

#include "libpod/container_config.h"
#include "libpod/spec/inputs.h"

namespace skiff::libpod {

class Runtime;

/// IDs for names. Throws Error{NotFound}.
void resolve_secrets(const Runtime& runtime, ContainerConfig& config);
/// Copies the content of each.
void store_secrets(const Runtime& runtime, const ContainerConfig& config);

/// In the launcher: files for those of type mount, variables for the others.
void add_secrets(const ContainerConfig& config, const std::filesystem::path& container_dir, const std::filesystem::path& run_dir, SpecInputs& inputs);
/// Variables alone, "NAME=content": for exec.
std::vector<std::string> secret_variables(const ContainerConfig& config, const std::filesystem::path& container_dir);

}  // namespace skiff::libpod
