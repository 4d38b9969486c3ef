#include "image/registry/tokens.h"

#include "image/registry/status.h"
#include "util/base64.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

constexpr std::size_t kTokenLimitBytes = 1U << 20;
constexpr const char* kClientId = "skiff";

/// Scopes are separated by spaces in ours, one parameter each in the request.
std::string scope_parameters(const std::string& scope) {
    std::string parameters;
    for (const auto& one : split(scope, ' '))
        if (!one.empty()) parameters.append("&scope=").append(percent_encoded(one));
    return parameters;
}

bool printable(std::string_view token) {
    return !token.empty() && token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=:") == std::string_view::npos;
}

}  // namespace

std::string Tokens::basic() const { return concat("Basic ", base64_encoded(concat(login_->user, ":", login_->password))); }

std::string Tokens::known(const std::string& scope) {
    const std::scoped_lock lock{mutex_};
    const auto found = by_scope_.find(scope);
    return found == by_scope_.end() ? std::string{} : found->second;
}

bool Tokens::answer(HttpClient& client, const HttpResponse& refusal, const std::string& scope, const std::string& used) {
    const auto headers = refusal.headers.find("www-authenticate");
    const auto challenge = headers == refusal.headers.end() ? std::nullopt : choose_challenge(headers->second);
    if (!challenge) return false;
    const std::scoped_lock lock{mutex_};
    auto& value = by_scope_[scope];
    if (value != used) return true;  // another thread got a newer one meanwhile
    if (challenge->scheme == "basic") {
        if (!login_ || !used.empty() || login_->user.empty()) return false;
        value = basic();
        return true;
    }
    value = concat("Bearer ", fetch(client, *challenge, scope));
    return true;
}

HttpRequest Tokens::token_request(const Url& realm, const std::string& service, const std::string& scope) const {
    HttpRequest request;
    request.url = realm;
    if (login_ && !login_->identity_token.empty()) {
        request.method = "POST";
        request.headers = {"Content-Type: application/x-www-form-urlencoded"};
        request.body = concat("grant_type=refresh_token&client_id=", kClientId, "&service=", percent_encoded(service), "&scope=", percent_encoded(scope),
                              "&refresh_token=", percent_encoded(login_->identity_token));
        return request;
    }
    const char* separator = realm.target.find('?') == std::string::npos ? "?" : "&";
    request.url.target.append(concat(separator, "service=", percent_encoded(service), scope_parameters(scope)));
    if (login_) {
        request.url.target.append("&account=").append(percent_encoded(login_->user));
        request.headers.push_back(concat("Authorization: ", basic()));
    }
    return request;
}

std::string Tokens::fetch(HttpClient& client, const Challenge& challenge, const std::string& scope) const {
    return in_context(concat("token for ", registry_), [&] {
        const auto realm = Url::parse(challenge.parameter("realm"));
        if (!realm.secure() && !insecure_)
            throw Error{ErrorKind::Corrupt, concat("the registry names a token server without TLS: ", quote(realm.text())), "--tls-verify=false allows it"};
        const auto wanted = scope.empty() ? challenge.parameter("scope") : scope;
        const auto request = token_request(realm, challenge.parameter("service"), wanted);
        std::string body;
        const auto response = client.perform(request, [&](std::string_view bytes) {
            if (body.size() + bytes.size() > kTokenLimitBytes) throw Error{ErrorKind::Corrupt, "the token server's answer has no end"};
            body.append(bytes);
        });
        require_success(response, concat("asking ", realm.authority()));
        const auto document = parse_json(body, "the token server's answer");
        auto token = string_or(document, "token", string_or(document, "access_token"));
        if (!printable(token)) throw Error{ErrorKind::Corrupt, "the token server's answer has no token"};
        return token;
    });
}

}  // namespace skiff::image::registry
