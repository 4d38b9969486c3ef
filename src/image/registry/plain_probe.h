#pragma once
/// Whether a server speaks HTTP without TLS, asked without a TLS library: libcurl's first handshake costs some 4 ms of set-up,
/// more than all else of a pull that finds everything present.

#include <chrono>
#include <string>

namespace skiff::image::registry {

/// Sends the beginning of a TLS handshake to `host` ("[::1]" with brackets) and `port` (digits). True when the answer is HTTP in
/// plain; false for everything else: TLS, silence for longer than `patience`, no connection. Sends nothing that is secret and
/// never throws. Only for registries that may be insecure, as whoever is on the way can answer so.
/// Source: RFC 8446, 4.1.2 and 5.1 (ClientHello, records).
bool answers_in_plain(const std::string& host, const std::string& port, std::chrono::milliseconds patience);

}  // namespace skiff::image::registry
