#pragma once
/// HTTP without TLS and without libcurl, for the two questions that begin a pull from an insecure registry: whether it speaks plain text,
/// and what a tag is. Opening libcurl costs 5 ms and its first TLS handshake 2 more: most of a pull that finds everything present.
///
/// Best effort: whatever is not the plain and simple answer is no answer, and the full client (http_client.h) is asked.
/// Source: RFC 9112; RFC 8446, 4.1.2 and 5.1 (ClientHello, records).

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "image/registry/http_client.h"

namespace skiff::image::registry {

/// Sends the beginning of a TLS handshake to `host` ("[::1]" with brackets) and `port` (digits). True when the answer is HTTP in
/// plain; false for everything else: TLS, silence for longer than `patience`, no connection. Sends nothing that is secret and
/// never throws. Only for registries that may be insecure, as whoever is on the way can answer so.
bool answers_in_plain(const std::string& host, const std::string& port, std::chrono::milliseconds patience);

/// The answer to a HEAD request with these header lines, when its status is 200 and its head is complete, within `patience` and 16 KiB.
/// Never throws.
std::optional<HttpResponse> plain_head(const Url& url, const std::vector<std::string>& headers, std::chrono::milliseconds patience);

/// Reads a response's head, status line and headers, without the empty line that ends it. nullopt for what is malformed.
std::optional<HttpResponse> parse_response_head(std::string_view head);

}  // namespace skiff::image::registry
