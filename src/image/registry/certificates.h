#pragma once
/// Certificates of one registry: HOST[:PORT]/*.crt are authorities beside the system's, *.cert with *.key a client's.
/// Source: containers-certs.d(5).

#include <filesystem>
#include <string>
#include <vector>

#include "image/registry/http_client.h"

namespace skiff::image::registry {

namespace fs = std::filesystem;

struct CertificateDirectories {
    std::vector<fs::path> parents{"/etc/containers/certs.d", "/etc/docker/certs.d"};  ///< the first that has HOST
    fs::path system_bundle{"/etc/ssl/certs/ca-certificates.crt"};
};

/// `directory` (--cert-dir) itself, else what the parents have for `host`. Throws Error{Invalid} for a certificate
/// without key or a key without certificate, SystemError for a file or a named directory that cannot be read.
TlsSettings load_certificates(const std::string& host, const std::string& directory, const CertificateDirectories& where = {});

}  // namespace skiff::image::registry
