#include "image/registry/certificates.h"

#include <algorithm>

#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

constexpr std::size_t kCertificateLimitBytes = 4U << 20;

fs::path directory_for(const std::string& host, const std::string& directory, const CertificateDirectories& where) {
    if (!directory.empty()) return directory;
    for (const auto& parent : where.parents)
        if (fs::is_directory(parent / host)) return parent / host;
    return {};
}

std::vector<std::string> sorted_names(const fs::path& directory) {
    const UniqueFd fd = open_directory(directory);
    auto names = list_directory(fd.get());
    std::sort(names.begin(), names.end());
    return names;
}

std::string stem(const std::string& name) { return fs::path{name}.stem().native(); }

}  // namespace

TlsSettings load_certificates(const std::string& host, const std::string& directory, const CertificateDirectories& where) {
    TlsSettings tls;
    const auto from = directory_for(host, directory, where);
    if (from.empty()) return tls;
    const auto names = in_context("reading certificates", [&] { return sorted_names(from); });
    const auto has = [&](const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); };
    for (const auto& name : names) {
        if (name.ends_with(".crt")) tls.authorities.append(read_file(from / name, kCertificateLimitBytes)).append("\n");
        if (name.ends_with(".key") && !has(concat(stem(name), ".cert")))
            throw Error{ErrorKind::Invalid, concat(quote((from / name).native()), ": no certificate ", stem(name), ".cert beside it"), "authorities end in .crt"};
        if (!name.ends_with(".cert")) continue;
        if (!has(concat(stem(name), ".key"))) throw Error{ErrorKind::Invalid, concat(quote((from / name).native()), ": no key ", stem(name), ".key beside it")};
        tls.client_certificate = (from / name).native();
        tls.client_key = (from / concat(stem(name), ".key")).native();
    }
    if (!tls.authorities.empty() && fs::exists(where.system_bundle)) tls.authorities.append(read_file(where.system_bundle, kCertificateLimitBytes));
    return tls;
}

}  // namespace skiff::image::registry
