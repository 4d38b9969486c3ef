#pragma once
/// docker-credential-NAME programs. Source: docker/docker-credential-helpers, "Development".

#include <optional>
#include <string>
#include <vector>

#include "image/registry/options.h"

namespace skiff::image::registry {

/// What the helper has for `server`; nullopt when it has nothing. Throws Error{NotFound} naming the program when it is
/// not installed, Error{System} with what it said when it fails.
std::optional<Login> ask_helper(const std::string& name, const std::string& server);
void tell_helper(const std::string& name, const std::string& server, const Login& login);
void erase_from_helper(const std::string& name, const std::string& server);

}  // namespace skiff::image::registry
