#pragma once
/// Talking to one registry: scheme, TLS, credentials, redirects.
///
/// Credentials go to the registry's own origin and, for tokens, to the realm that it names; a redirect is followed by a client
/// that has none (another origin's certificate included), and a challenge from elsewhere is not answered.
/// Source: distribution-spec, "Endpoints"; RFC 9110, 15.4 and 17.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/registry/http_client.h"
#include "image/registry/options.h"
#include "image/registry/registries_conf.h"
#include "image/registry/registry_warnings.h"
#include "image/registry/tokens.h"

namespace skiff::image::registry {

/// What all threads that talk to one registry share. Outlives its connections.
class Session {
public:
    /// Reads certificates and credentials. Throws what load_certificates and find_login throw.
    Session(Endpoint endpoint, const Options& options);

    const Endpoint& endpoint() const noexcept { return endpoint_; }
    const Options& options() const noexcept { return options_; }
    /// "HOST/REPOSITORY", for errors.
    std::string shown() const;

private:
    friend class Connection;
    enum class Scheme { Unknown, Https, Http };

    Endpoint endpoint_;
    const Options& options_;
    bool insecure_;
    HttpSettings settings_;
    Tokens tokens_;
    RegistryWarnings warnings_;
    std::mutex probing_;
    std::atomic<Scheme> scheme_;
};

/// One thread's connections.
class Connection {
public:
    explicit Connection(Session& session);

    struct Call {
        std::string method = "GET";
        std::string target;                ///< "/v2/…"; or an absolute URL that the registry gave
        std::vector<std::string> headers;
        std::string scope;                 ///< "repository:NAME:pull"
        std::optional<std::string> body;
        /// For uploads: opens the bytes anew for each attempt.
        std::function<std::function<std::size_t(char*, std::size_t)>()> open_upload;
        std::uint64_t upload_size = 0;
    };
    /// The final answer, after challenges and (for GET and HEAD) redirects. Does not judge its status. Throws HttpError.
    HttpResponse send(const Call& call, const HttpClient::BodySink& on_body = {}, const HttpClient::HeadSink& on_head = {});

    /// The same for a HEAD request. A plain and simple answer costs no libcurl.
    HttpResponse head(const Call& call);

    Session& session() const noexcept { return session_; }
    /// Where the registry is, its scheme known. Only after send().
    Url base() const;

private:
    HttpResponse send_to_registry(const Call& call, const HttpClient::BodySink& on_body, const HttpClient::HeadSink& on_head);
    HttpResponse exchange(const Call& call, const Url& url, const std::string& authorization, HttpClient& client, const HttpClient::BodySink& on_body,
                          const HttpClient::HeadSink& on_head) const;
    HttpResponse follow(const Call& call, HttpResponse redirect, Url from, const HttpClient::BodySink& on_body, const HttpClient::HeadSink& on_head);
    void find_scheme();
    bool speaks_plain() const;
    std::optional<HttpResponse> plain_answer(const Call& call);
    Url url_of(const Call& call) const;
    HttpClient& stranger();

    Session& session_;
    HttpClient own_;
    std::unique_ptr<HttpClient> stranger_;
};

}  // namespace skiff::image::registry
