#include "image/registry/status.h"

#include <algorithm>
#include <thread>

#include "util/json.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr seconds kLongestPause{300};
constexpr std::size_t kMessageLimit = 500;

ErrorKind kind_of(long status) {
    if (status == 404) return ErrorKind::NotFound;
    if (status == 401 || status == 403) return ErrorKind::Invalid;
    return ErrorKind::System;
}

std::string hint_of(long status) {
    if (status == 401) return "skiff login, or --creds";
    return status == 429 ? "too many requests: try again later" : "";
}

/// "name unknown: repository name not known to registry", or what came instead.
std::string message_of(const HttpResponse& response) {
    std::string said;
    try {
        const auto document = parse_json(response.body, "answer");
        const Json* errors = member(document, "errors");
        if (errors != nullptr && errors->is_array())
            for (const auto& error : *errors) {
                if (!said.empty()) said.append("; ");
                said.append(string_or(error, "message", string_or(error, "code")));
            }
        if (said.empty()) said = string_or(document, "details", string_or(document, "message"));
    } catch (const std::exception&) {
        return {};  // a page for people, or nothing
    }
    return said.substr(0, kMessageLimit);
}

seconds retry_after(const HttpResponse& response) {
    const auto value = parse_uint(response.header("retry-after"));
    return std::min(seconds{value ? static_cast<std::int64_t>(std::min<std::uint64_t>(*value, 86400)) : 0}, kLongestPause);
}

struct Pause {
    bool worthwhile = false;
    nanoseconds at_least{0};
};

Pause pause_after(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const HttpError& error) {
        return {error.failure() == Failure::Broken || error.failure() == Failure::Stalled, {}};
    } catch (const StatusError& error) {
        return {error.status() == 429 || error.status() >= 500, error.retry_after()};
    } catch (...) {
        return {};
    }
}

std::string text_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        return error.what();
    }
}

}  // namespace

StatusError::StatusError(long status, seconds after, const std::string& message, const std::string& hint)
    : Error{kind_of(status), message, hint}, status_{status}, retry_after_{after} {}

void require_success(const HttpResponse& response, std::string_view what) {
    if (response.status >= 200 && response.status < 300) return;
    const auto said = message_of(response);
    throw StatusError{response.status, retry_after(response), concat(what, ": status ", response.status, said.empty() ? "" : ": ", said.empty() ? "" : quote(said)),
                      hint_of(response.status)};
}

void with_retries(const Options& options, const std::function<void(std::string_view)>& note, const std::function<void()>& attempt) {
    nanoseconds pause = options.retry_delay.value_or(seconds{1});
    for (unsigned left = options.retries;; --left) {
        std::exception_ptr failure;
        try {
            return attempt();
        } catch (...) {
            failure = std::current_exception();
        }
        const auto wanted = pause_after(failure);
        if (left == 0 || !wanted.worthwhile) std::rethrow_exception(failure);
        const auto wait = std::max(pause, wanted.at_least);
        log::debug(concat("trying again in ", wait / std::chrono::milliseconds{1}, " ms: ", text_of(failure)));
        if (note) note(text_of(failure));
        std::this_thread::sleep_for(wait);
        if (!options.retry_delay) pause = std::min<nanoseconds>(pause * 2, kLongestPause);
    }
}

}  // namespace skiff::image::registry
