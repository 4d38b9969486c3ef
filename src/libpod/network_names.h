#pragma once
/// What the DNS responders answer: made from the rows of attachments at every attach and detach.

#include <string>
#include <vector>

#include "network/config.h"

namespace skiff::libpod {

class Runtime;

/// The responder of each of these networks that has names knows who is on it now; it serves when somebody is. The caller has
/// no Transaction open.
void publish_names(const Runtime& runtime, const std::vector<network::NetworkConfig>& networks);

/// The same for every network that the container has an interface on: each of them knows which others it is on, and whether one of
/// them leads outside.
void publish_names_of(const Runtime& runtime, const std::string& container_id);

/// The container's monitor keeps the responders of its networks alive from here on: after publish_names(), and again when its
/// networks change.
void watch_responders(const Runtime& runtime, const std::string& container_id);

}  // namespace skiff::libpod
