#pragma once
/// Answers that are no success, and when to ask again. Source: distribution-spec, "Error Codes"; RFC 9110, 15 and 10.2.3.

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "image/registry/http_client.h"
#include "image/registry/options.h"

namespace skiff::image::registry {

/// A status that is no success, with what the registry says about it.
class StatusError : public Error {
public:
    StatusError(long status, std::chrono::seconds retry_after, const std::string& message, const std::string& hint);
    long status() const noexcept { return status_; }
    std::chrono::seconds retry_after() const noexcept { return retry_after_; }

private:
    long status_;
    std::chrono::seconds retry_after_;
};

/// Throws StatusError unless the status is 2xx. `what` was being done.
void require_success(const HttpResponse& response, std::string_view what);

/// Calls `attempt` again after a broken or stalled connection, 429 and 5xx, with growing pauses (Retry-After counts), as often
/// as the options say. `note` is told why before each pause; it may be empty.
void with_retries(const Options& options, const std::function<void(std::string_view why)>& note, const std::function<void()>& attempt);

}  // namespace skiff::image::registry
