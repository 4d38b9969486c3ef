#pragma once
/// What a registry wants its users to know. Source: distribution-spec, "Warnings"; RFC 7234, 5.5.

#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "image/registry/http_client.h"

namespace skiff::image::registry {

/// The text of a Warning header's value `299 - "text"`; empty for another code or agent, or what is malformed.
std::string warning_text(std::string_view value);

/// Shows each warning once, and no more of one registry than it may send (4096 bytes). From any thread.
class RegistryWarnings {
public:
    void show(const std::string& host, const HttpResponse& response);

private:
    std::mutex mutex_;
    std::set<std::string> shown_;
    std::size_t bytes_ = 0;
};

}  // namespace skiff::image::registry
