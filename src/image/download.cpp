#include "image/download.h"

#include "image/registry/http_client.h"
#include "image/registry/status.h"
#include "storage/push_source.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr int kDownloadRedirects = 10;

registry::Url next_place(const registry::Url& from, const registry::HttpResponse& response) {
    auto to = registry::resolve_location(from, response.header("location"));
    if (from.secure() && !to.secure()) throw Error{ErrorKind::Corrupt, concat("a redirect from TLS to ", quote(to.text()))};
    return to;
}

void download(const std::string& url, const storage::PushSource::Sink& sink) {
    registry::HttpClient client{registry::HttpSettings{}};
    registry::HttpRequest request;
    request.url = registry::Url::parse(url);
    for (int hop = 0; hop <= kDownloadRedirects; ++hop) {
        const auto response = client.perform(request, sink);
        if (response.status < 300 || response.status >= 400) return registry::require_success(response, request.url.text());
        request.url = next_place(request.url, response);
    }
    throw Error{ErrorKind::Corrupt, concat(url, ": more than ", kDownloadRedirects, " redirects")};
}

}  // namespace

std::unique_ptr<storage::Source> open_download(const std::string& url) {
    return std::make_unique<storage::PushSource>([url](const storage::PushSource::Sink& sink) { download(url, sink); });
}

}  // namespace skiff::image
