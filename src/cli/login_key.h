#pragma once
/// What login and logout share: the registry that is meant and the file that is changed.

#include <string>

#include "cli/registry_flags.h"
#include "image/registry/credentials.h"

namespace skiff::cli {

struct LoginKey {
    std::string host;
    std::string path;  ///< may be empty
    std::string text() const { return path.empty() ? host : host + "/" + path; }
};
/// HOST[:PORT][/PATH], a scheme in front dropped; empty: the first of unqualified-search-registries. Throws Error{Invalid}.
LoginKey login_key(const std::string& text, const image::registry::Options& options);

struct AuthFileFlags {
    std::string authfile, compat_auth_file;
};
void add_auth_file_flags(CLI::App& command, AuthFileFlags& flags);
image::registry::Options auth_options(const AuthFileFlags& files, const RegistryFlags& flags, const Environment& environment);
image::registry::AuthFormat auth_format(const AuthFileFlags& files);
bool auth_file_exists(const image::registry::Options& options);

}  // namespace skiff::cli
