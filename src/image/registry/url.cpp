#include "image/registry/url.h"

#include <algorithm>

#include "util/error.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

constexpr std::size_t kUrlLimit = 16384;

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
    throw Error{ErrorKind::Corrupt, concat("address ", quote(text.substr(0, 200)), ": ", why)};
}

bool has_control_or_space(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

bool good_host(std::string_view host) {
    if (host.starts_with('[')) {
        const auto inner = host.substr(1, host.size() - 2);
        return host.ends_with(']') && !inner.empty() && inner.find_first_not_of("0123456789abcdef:.") == std::string_view::npos;
    }
    return !host.empty() && host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") == std::string_view::npos;
}

std::string default_port(const Url& url) {
    if (!url.port.empty()) return url.port;
    return url.secure() ? "443" : "80";
}

void take_authority(Url& url, std::string_view authority, std::string_view text) {
    if (authority.find('@') != std::string_view::npos) refuse(text, "user information is not allowed in it");
    const auto bracket = authority.rfind(']');
    const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    url.host = lower(authority.substr(0, colon));
    if (colon != std::string_view::npos) url.port = authority.substr(colon + 1);
    if (!good_host(url.host)) refuse(text, "it has no valid host");
    const auto number = url.port.empty() ? std::optional<std::uint64_t>{1} : parse_uint(url.port);
    if (!number || *number == 0 || *number > 65535) refuse(text, "it has no valid port");
}

}  // namespace

Url Url::parse(std::string_view text) {
    if (text.size() > kUrlLimit) refuse(text, "too long");
    if (has_control_or_space(text)) refuse(text, "it has spaces or control characters");
    const auto separator = text.find("://");
    if (separator == std::string_view::npos) refuse(text, "it has no scheme");
    Url url;
    url.scheme = lower(text.substr(0, separator));
    if (url.scheme != "http" && url.scheme != "https") refuse(text, "its scheme is neither http nor https");
    const auto rest = text.substr(separator + 3);
    const auto end = std::min(rest.find_first_of("/?#"), rest.size());
    take_authority(url, rest.substr(0, end), text);
    auto target = rest.substr(end);
    target = target.substr(0, target.find('#'));
    url.target = target.starts_with('/') ? std::string{target} : concat("/", target);
    return url;
}

std::string Url::authority() const { return port.empty() ? host : concat(host, ":", port); }

std::string Url::text() const { return concat(scheme, "://", authority(), target); }

bool same_origin(const Url& left, const Url& right) {
    return left.scheme == right.scheme && left.host == right.host && default_port(left) == default_port(right);
}

Url resolve_location(const Url& base, std::string_view location) {
    const auto head = location.substr(0, std::min(location.find_first_of("/?#"), location.size()));
    if (head.find(':') != std::string_view::npos) return Url::parse(location);
    if (location.starts_with("//")) return Url::parse(concat(base.scheme, ":", location));
    const auto origin = concat(base.scheme, "://", base.authority());
    if (location.starts_with('/')) return Url::parse(concat(origin, location));
    const auto path = base.target.substr(0, base.target.find('?'));
    if (location.empty() || location.starts_with('?')) return Url::parse(concat(origin, path, location));
    return Url::parse(concat(origin, path.substr(0, path.rfind('/') + 1), location));
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string encoded;
    for (const unsigned char c : text) {
        const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (unreserved) {
            encoded.push_back(static_cast<char>(c));
        } else {
            encoded.push_back('%');
            encoded.push_back(kDigits[c >> 4U]);
            encoded.push_back(kDigits[c & 15U]);
        }
    }
    return encoded;
}

}  // namespace skiff::image::registry
