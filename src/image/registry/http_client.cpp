#include "image/registry/http_client.h"

#include <algorithm>
#include <array>
#include <exception>

#include "image/registry/curl_library.h"
#include "util/text.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace skiff::image::registry {
namespace {

constexpr std::size_t kHeaderLimitBytes = 128U << 10;
constexpr std::size_t kErrorBodyLimitBytes = 64U << 10;
constexpr long kConnectSeconds = 30;
constexpr long kStallSeconds = 30;
constexpr long kReceiveBufferBytes = 256L << 10;

bool is_success(long status) { return status >= 200 && status < 300; }

Failure failure_of(CURLcode code) {
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_CONNECT: return Failure::Connect;
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ISSUER_ERROR: return Failure::Tls;
        case CURLE_OPERATION_TIMEDOUT: return Failure::Stalled;
        default: return Failure::Broken;
    }
}

/// A list of headers in libcurl's form.
class HeaderList {
public:
    HeaderList() = default;
    HeaderList(const HeaderList&) = delete;
    HeaderList& operator=(const HeaderList&) = delete;
    ~HeaderList() { curl_library().slist_free_all(list_); }
    void add(const std::string& line) { list_ = curl_library().slist_append(list_, line.c_str()); }
    curl_slist* get() const noexcept { return list_; }

private:
    curl_slist* list_ = nullptr;
};

}  // namespace

/// What the call-backs of one exchange share. Nothing may be thrown through libcurl, so it is kept and thrown after.
struct HttpClient::Exchange {
    const HttpRequest& request;
    const BodySink& on_body;
    const HeadSink& on_head;
    HeaderList headers;
    HttpResponse response;
    std::size_t header_bytes = 0;
    bool head_done = false;
    std::exception_ptr thrown;
    std::array<char, CURL_ERROR_SIZE> why{};

    Exchange(const HttpRequest& asked, const BodySink& body, const HeadSink& head) : request{asked}, on_body{body}, on_head{head} {}

    template <typename Step>
    std::size_t guarded(Step&& step, std::size_t failed) {
        try {
            return step();
        } catch (...) {
            thrown = std::current_exception();
            return failed;
        }
    }

    void take_header(std::string_view line) {
        header_bytes += line.size();
        if (header_bytes > kHeaderLimitBytes) throw Error{ErrorKind::Corrupt, concat("more than ", kHeaderLimitBytes, " bytes of headers")};
        const auto trimmed = trim(line);
        if (trimmed.starts_with("HTTP/")) {  // a further head: after "100 Continue", or a proxy's
            response.headers.clear();
            const auto parts = split(trimmed, ' ');
            response.status = parts.size() > 1 ? static_cast<long>(parse_int(parts[1]).value_or(0)) : 0;
            return;
        }
        if (const auto parts = split_once(trimmed, ':')) response.headers[lower(parts->first)].emplace_back(trim(parts->second));
    }

    void finish_head() {
        if (head_done) return;
        head_done = true;
        if (on_head) on_head(response);
    }

    void take_body(std::string_view bytes) {
        finish_head();
        if (is_success(response.status) && on_body) {
            on_body(bytes);
        } else {
            const auto room = kErrorBodyLimitBytes - std::min(kErrorBodyLimitBytes, response.body.size());
            response.body.append(bytes.substr(0, room));
            if (room < bytes.size()) throw Error{ErrorKind::Corrupt, "an endless error message"};
        }
    }

    static std::size_t header_arrived(char* data, std::size_t, std::size_t size, void* user) {
        auto* self = static_cast<Exchange*>(user);
        return self->guarded([&] { return self->take_header({data, size}), size; }, 0);
    }
    static std::size_t body_arrived(char* data, std::size_t, std::size_t size, void* user) {
        auto* self = static_cast<Exchange*>(user);
        return self->guarded([&] { return self->take_body({data, size}), size; }, size + 1);
    }
    static std::size_t body_wanted(char* data, std::size_t, std::size_t size, void* user) {
        auto* self = static_cast<Exchange*>(user);
        return self->guarded([&] { return self->request.upload(data, size); }, CURL_READFUNC_ABORT);
    }
};

std::string HttpResponse::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string{} : found->second.front();
}

HttpClient::HttpClient(HttpSettings settings) : settings_{std::move(settings)} {}

HttpClient::~HttpClient() {
    if (handle_ != nullptr) curl_library().easy_cleanup(handle_);
}

void HttpClient::require_handle() {
    if (handle_ == nullptr) handle_ = curl_library().easy_init();
    if (handle_ == nullptr) throw Error{ErrorKind::System, "libcurl gives no handle"};
}

void HttpClient::prepare_tls() {
    const auto& curl = curl_library();
    const auto& tls = settings_.tls;
    curl.easy_setopt(handle_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl.easy_setopt(handle_, CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
    curl.easy_setopt(handle_, CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
    if (!tls.authorities.empty()) {
        curl_blob blob{const_cast<char*>(tls.authorities.data()), tls.authorities.size(), CURL_BLOB_NOCOPY};
        curl.easy_setopt(handle_, CURLOPT_CAINFO_BLOB, &blob);
    }
    if (!tls.client_certificate.empty()) curl.easy_setopt(handle_, CURLOPT_SSLCERT, tls.client_certificate.c_str());
    if (!tls.client_key.empty()) curl.easy_setopt(handle_, CURLOPT_SSLKEY, tls.client_key.c_str());
}

/// As other tools of the field: HTTP_PROXY in capitals counts too, and loopback is never asked through a proxy.
void HttpClient::prepare_proxy(const Url& url) {
    const auto& curl = curl_library();
    if (!url.secure() && !settings_.plain_proxy.empty()) curl.easy_setopt(handle_, CURLOPT_PROXY, settings_.plain_proxy.c_str());
    const auto except = concat("localhost,127.0.0.1,::1,[::1],", settings_.no_proxy);
    curl.easy_setopt(handle_, CURLOPT_NOPROXY, except.c_str());
}

void HttpClient::prepare(const HttpRequest& request, Exchange& exchange) {
    const auto& curl = curl_library();
    curl.easy_reset(handle_);
    curl.easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
    curl.easy_setopt(handle_, CURLOPT_URL, request.url.text().c_str());
    curl.easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl.easy_setopt(handle_, CURLOPT_FOLLOWLOCATION, 0L);
    curl.easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    curl.easy_setopt(handle_, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl.easy_setopt(handle_, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
    curl.easy_setopt(handle_, CURLOPT_BUFFERSIZE, kReceiveBufferBytes);
    curl.easy_setopt(handle_, CURLOPT_ERRORBUFFER, exchange.why.data());
    curl.easy_setopt(handle_, CURLOPT_USERAGENT, "skiff/" SKIFF_VERSION);
    curl.easy_setopt(handle_, CURLOPT_HEADERFUNCTION, &Exchange::header_arrived);
    curl.easy_setopt(handle_, CURLOPT_HEADERDATA, &exchange);
    curl.easy_setopt(handle_, CURLOPT_WRITEFUNCTION, &Exchange::body_arrived);
    curl.easy_setopt(handle_, CURLOPT_WRITEDATA, &exchange);
    prepare_tls();
    prepare_proxy(request.url);
    exchange.headers.add("Expect:");  // a further round trip for nothing
    for (const auto& line : request.headers) exchange.headers.add(line);
    if (request.upload) {
        curl.easy_setopt(handle_, CURLOPT_UPLOAD, 1L);
        curl.easy_setopt(handle_, CURLOPT_READFUNCTION, &Exchange::body_wanted);
        curl.easy_setopt(handle_, CURLOPT_READDATA, &exchange);
        curl.easy_setopt(handle_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.upload_size));
    } else if (request.body) {
        curl.easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body->size()));
        curl.easy_setopt(handle_, CURLOPT_POSTFIELDS, request.body->data());
    } else if (request.method == "HEAD") {
        curl.easy_setopt(handle_, CURLOPT_NOBODY, 1L);
    }
    if (request.method != "GET" && request.method != "HEAD") curl.easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl.easy_setopt(handle_, CURLOPT_HTTPHEADER, exchange.headers.get());
}

HttpResponse HttpClient::perform(const HttpRequest& request, const BodySink& on_body, const HeadSink& on_head) {
    require_handle();
    Exchange exchange{request, on_body, on_head};
    prepare(request, exchange);
    const auto code = curl_library().easy_perform(handle_);
    if (exchange.thrown) std::rethrow_exception(exchange.thrown);
    if (code != CURLE_OK) {
        std::string why = exchange.why[0] != '\0' ? exchange.why.data() : curl_library().easy_strerror(code);
        // OpenSSL's words for what is no TLS at all.
        if (why.find("wrong version number") != std::string::npos) why = "the server does not speak TLS (--tls-verify=false allows HTTP)";
        throw HttpError{failure_of(code), concat(request.method, " ", request.url.authority(), ": ", why)};
    }
    exchange.finish_head();
    return std::move(exchange.response);
}

}  // namespace skiff::image::registry
