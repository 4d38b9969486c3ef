#include "image/registry/session.h"

#include "image/registry/certificates.h"
#include "image/registry/credentials.h"
#include "image/registry/plain_http.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

constexpr int kRedirectLimit = 10;
constexpr std::chrono::seconds kProbePatience{2};

bool is_redirect(long status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

/// The host that answers for a registry's name.
std::string host_of(const Endpoint& endpoint) { return endpoint.host == "docker.io" ? "registry-1.docker.io" : endpoint.host; }

HttpSettings settings_for(const Endpoint& endpoint, const Options& options, bool insecure) {
    HttpSettings settings{load_certificates(endpoint.host, options.cert_dir), {}, {}};
    settings.tls.verify = !insecure;
    if (options.variable("http_proxy").empty()) settings.plain_proxy = options.variable("HTTP_PROXY");
    settings.no_proxy = concat(options.variable("no_proxy"), ",", options.variable("NO_PROXY"));
    return settings;
}

bool may_have_proxy(const Options& options) {
    for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
        if (!options.variable(name).empty()) return true;
    return false;
}

bool is_insecure(const Endpoint& endpoint, const Options& options) { return options.tls_verify ? !*options.tls_verify : endpoint.insecure; }

}  // namespace

Session::Session(Endpoint endpoint, const Options& options)
    : endpoint_{std::move(endpoint)}, options_{options}, insecure_{is_insecure(endpoint_, options)}, settings_{settings_for(endpoint_, options, insecure_)},
      tokens_{endpoint_.host, find_login(options, endpoint_.host, endpoint_.repository), insecure_}, scheme_{insecure_ ? Scheme::Unknown : Scheme::Https} {}

std::string Session::shown() const { return endpoint_.repository.empty() ? endpoint_.host : concat(endpoint_.host, "/", endpoint_.repository); }

Connection::Connection(Session& session) : session_{session}, own_{session.settings_} {}

Url Connection::base() const {
    const bool plain = session_.scheme_ == Session::Scheme::Http;
    return Url::parse(concat(plain ? "http://" : "https://", host_of(session_.endpoint_)));
}

Url Connection::url_of(const Call& call) const { return resolve_location(base(), call.target); }

HttpClient& Connection::stranger() {
    if (!stranger_) {
        auto settings = session_.settings_;
        settings.tls.client_certificate.clear();
        settings.tls.client_key.clear();
        stranger_ = std::make_unique<HttpClient>(std::move(settings));
    }
    return *stranger_;
}

/// Without a port, TLS and plain text have each its own.
bool Connection::speaks_plain() const {
    const auto url = base();
    return !url.port.empty() && !may_have_proxy(session_.options_) && answers_in_plain(url.host, url.port, kProbePatience);
}

/// An insecure registry may speak TLS with any certificate, or none at all: https is tried first.
void Connection::find_scheme() {
    if (session_.scheme_ != Session::Scheme::Unknown) return;
    const std::scoped_lock lock{session_.probing_};
    if (session_.scheme_ != Session::Scheme::Unknown) return;
    if (speaks_plain()) {
        session_.scheme_ = Session::Scheme::Http;
        return;
    }
    HttpRequest ping;
    ping.url = Url::parse(concat("https://", host_of(session_.endpoint_), "/v2/"));
    try {
        own_.perform(ping, [](std::string_view) {});
        session_.scheme_ = Session::Scheme::Https;
    } catch (const HttpError& error) {
        log::debug(concat("no TLS at ", session_.endpoint_.host, ": ", error.what()));
        session_.scheme_ = Session::Scheme::Http;
    }
}

HttpResponse Connection::exchange(const Call& call, const Url& url, const std::string& authorization, HttpClient& client, const HttpClient::BodySink& on_body,
                                  const HttpClient::HeadSink& on_head) const {
    HttpRequest request;
    request.method = call.method;
    request.url = url;
    request.headers = call.headers;
    if (!authorization.empty()) request.headers.push_back(concat("Authorization: ", authorization));
    request.body = call.body;
    if (call.open_upload) request.upload = call.open_upload();
    request.upload_size = call.upload_size;
    return client.perform(request, on_body, on_head);
}

HttpResponse Connection::send_to_registry(const Call& call, const HttpClient::BodySink& on_body, const HttpClient::HeadSink& on_head) {
    const auto url = url_of(call);
    auto& tokens = session_.tokens_;
    for (int attempt = 0;; ++attempt) {
        const auto authorization = tokens.known(call.scope);
        auto response = exchange(call, url, authorization, own_, on_body, on_head);
        if (response.status != 401 || attempt == 2) return response;
        const bool answered = tokens.answer(stranger(), response, call.scope, authorization);
        if (!answered) return response;
    }
}

HttpResponse Connection::follow(const Call& call, HttpResponse redirect, Url from, const HttpClient::BodySink& on_body, const HttpClient::HeadSink& on_head) {
    for (int hop = 0; is_redirect(redirect.status); ++hop) {
        if (hop == kRedirectLimit) throw Error{ErrorKind::Corrupt, concat("more than ", kRedirectLimit, " redirects")};
        const auto to = resolve_location(from, redirect.header("location"));
        if (from.secure() && !to.secure() && !session_.insecure_)
            throw Error{ErrorKind::Corrupt, concat("a redirect from TLS to ", quote(to.text())), "--tls-verify=false allows it"};
        if (same_origin(to, base())) {
            auto again = call;
            again.target = to.text();
            redirect = send_to_registry(again, on_body, on_head);
        } else {
            redirect = exchange(call, to, /*authorization=*/"", stranger(), on_body, on_head);
            if (redirect.status == 401) throw Error{ErrorKind::Corrupt, concat("redirected to ", to.authority(), ", which wants credentials of its own")};
        }
        from = to;
    }
    return redirect;
}

HttpResponse Connection::head(const Call& call) {
    if (auto answer = plain_answer(call)) return std::move(*answer);
    return send(call);
}

/// What a registry in plain text says at once to somebody without credentials.
std::optional<HttpResponse> Connection::plain_answer(const Call& call) {
    if (!session_.insecure_ || may_have_proxy(session_.options_)) return std::nullopt;
    find_scheme();
    const auto url = url_of(call);
    if (url.secure() || url.port.empty()) return std::nullopt;
    auto answer = plain_head(url, call.headers, kProbePatience);
    if (answer) session_.warnings_.show(session_.endpoint_.host, *answer);
    return answer;
}

HttpResponse Connection::send(const Call& call, const HttpClient::BodySink& on_body, const HttpClient::HeadSink& on_head) {
    find_scheme();
    const auto url = url_of(call);
    if (!same_origin(url, base())) {  // an upload's place on another host: it gets no credentials
        return exchange(call, url, /*authorization=*/"", stranger(), on_body, on_head);
    }
    auto response = send_to_registry(call, on_body, on_head);
    session_.warnings_.show(session_.endpoint_.host, response);
    const bool follows = call.method == "GET" || call.method == "HEAD";
    return follows && is_redirect(response.status) ? follow(call, std::move(response), url, on_body, on_head) : response;
}

}  // namespace skiff::image::registry
