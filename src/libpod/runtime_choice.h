#pragma once
/// Which OCI runtime runs a container: asked for, configured, or the first of skiff's own order that works here.

#include <memory>
#include <string>
#include <vector>

#include "oci/runtime.h"

namespace skiff::libpod {

class Runtime;

/// The one that needs no program: "skiff".
bool is_embedded(const std::string& name);

/// Names to try in order. One, when --runtime or containers.conf says so; else the built-in order without those that
/// refused this host's cgroups earlier in this epoch.
std::vector<std::string> runtime_candidates(const Runtime& runtime);

/// Records that `name` refused the host's cgroups, and gives back the next candidate; empty when none is left.
std::string remember_refusal(const Runtime& runtime, const std::string& name);

/// "skiff": the embedded one. Else by name ([engine.runtimes] of containers.conf, else PATH) or by absolute path. Throws Error{NotFound}.
std::unique_ptr<oci::OciRuntime> make_oci_runtime(const Runtime& runtime, const std::string& name);

}  // namespace skiff::libpod
