#pragma once
/// What goes into the Authorization header for one registry. Shared by all threads that talk to it.
/// Source: distribution-spec, "Token Authentication Specification", "OAuth2 Token Authentication".

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "image/registry/challenge.h"
#include "image/registry/http_client.h"
#include "image/registry/options.h"

namespace skiff::image::registry {

class Tokens {
public:
    /// `insecure`: the user allowed this registry to be spoken to without verified TLS.
    Tokens(std::string registry, std::optional<Login> login, bool insecure)
        : registry_{std::move(registry)}, login_{std::move(login)}, insecure_{insecure} {}

    /// The header's value for requests of this scope; empty: none so far.
    std::string known(const std::string& scope);
    /// Answers a challenge that a request with `used` met: false when there is nothing (else) to offer. A token is fetched through
    /// `client` from the realm, over TLS unless the registry itself is insecure; a redirect there is an error. Throws
    /// HttpError, Error{Corrupt}, Error{System} with what the token server said.
    bool answer(HttpClient& client, const HttpResponse& refusal, const std::string& scope, const std::string& used);
    bool has_login() const noexcept { return login_.has_value(); }

private:
    std::string fetch(HttpClient& client, const Challenge& challenge, const std::string& scope) const;
    HttpRequest token_request(const Url& realm, const std::string& service, const std::string& scope) const;
    std::string basic() const;

    std::string registry_;
    std::optional<Login> login_;
    bool insecure_;
    std::mutex mutex_;
    std::map<std::string, std::string> by_scope_;
};

}  // namespace skiff::image::registry
