#pragma once
/// What the host's side of the networks should be, made again: after somebody flushed rules, took links away or killed a responder.

#include "libpod/container.h"

namespace skiff::libpod {

class Runtime;

/// Bridges with their addresses and ports, rules, and responders of the networks that the container has interfaces on. Nothing
/// for a container that does not run. Throws Error.
void reload_networks(const Runtime& runtime, const Container& container);

}  // namespace skiff::libpod
