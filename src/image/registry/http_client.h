#pragma once
/// One HTTP exchange at a time over connections that are kept. Follows no redirect and knows no credentials: the
/// caller decides who is asked and what is sent (see session.h).
///
/// Bounds: 128 KiB of headers; what `on_body` takes; 30 s to connect, 30 s without a byte. Not for several threads at
/// once: one client a thread.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/registry/url.h"
#include "util/error.h"

namespace skiff::image::registry {

/// How TLS is done with one host.
struct TlsSettings {
    bool verify = true;
    std::string authorities;  ///< PEM, in place of the system's; empty: the system's
    std::string client_certificate, client_key;  ///< paths; empty: none
};

struct HttpSettings {
    TlsSettings tls;
    std::string plain_proxy;  ///< for http; the other variables of the environment libcurl reads itself
    std::string no_proxy;     ///< hosts, with commas between
};

struct HttpRequest {
    std::string method = "GET";
    Url url;
    std::vector<std::string> headers;  ///< "Name: value"
    std::optional<std::string> body;   ///< sent as it is
    /// In place of `body`: gives the bytes to send, `upload_size` in all; 0 at the end.
    std::function<std::size_t(char* buffer, std::size_t size)> upload;
    std::uint64_t upload_size = 0;
};

struct HttpResponse {
    long status = 0;
    std::map<std::string, std::vector<std::string>> headers;  ///< names in lower case
    std::string body;  ///< of answers that are no success, at most 64 KiB; else what `on_body` did not take

    /// The first of that name (lower case), or empty.
    std::string header(const std::string& name) const;
};

/// What a failed exchange was, for the decision to try again.
enum class Failure { Connect, Tls, Broken, Stalled, Cancelled };

/// No answer, or not all of one.
class HttpError : public Error {
public:
    HttpError(Failure failure, const std::string& message) : Error{failure == Failure::Stalled ? ErrorKind::Timeout : ErrorKind::System, message}, failure_{failure} {}
    Failure failure() const noexcept { return failure_; }

private:
    Failure failure_;
};

class HttpClient {
public:
    explicit HttpClient(HttpSettings settings);
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;
    ~HttpClient();

    /// Called with the answer's head before the first byte of a body; then `on_body` gets the bytes of a 2xx answer.
    /// What either throws ends the exchange and comes through.
    using HeadSink = std::function<void(const HttpResponse& head)>;
    using BodySink = std::function<void(std::string_view bytes)>;

    /// Throws HttpError, Error{Corrupt} for headers without end. libcurl is opened at the first call.
    HttpResponse perform(const HttpRequest& request, const BodySink& on_body, const HeadSink& on_head = {});

private:
    struct Exchange;
    void require_handle();
    void prepare(const HttpRequest& request, Exchange& exchange);
    void prepare_tls();
    void prepare_proxy(const Url& url);

    HttpSettings settings_;
    void* handle_ = nullptr;
};

}  // namespace skiff::image::registry
