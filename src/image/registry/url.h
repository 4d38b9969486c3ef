#pragma once
/// http and https URLs: taken apart, compared, resolved. What registries send as Location and realm is untrusted and
/// goes through here. Source: RFC 3986; RFC 6454 (origins).

#include <string>
#include <string_view>

namespace skiff::image::registry {

struct Url {
    std::string scheme;  ///< "http" or "https"
    std::string host;    ///< lower case, "[::1]" with brackets
    std::string port;    ///< digits; empty: the scheme's own
    std::string target;  ///< path and query, begins with "/"

    /// Throws Error{Corrupt} for other schemes, user information, control characters, a missing host.
    static Url parse(std::string_view text);
    /// "host" or "host:port".
    std::string authority() const;
    std::string text() const;
    bool secure() const noexcept { return scheme == "https"; }
};

/// Scheme, host and port agree: what may see the same credentials.
bool same_origin(const Url& left, const Url& right);

/// What `location` (absolute, "//host/path", "/path", "?query" or relative) means at `base`. Throws as Url::parse.
Url resolve_location(const Url& base, std::string_view location);

/// `text` with all but unreserved characters as %XX. Source: RFC 3986, 2.3.
std::string percent_encoded(std::string_view text);

}  // namespace skiff::image::registry
