#pragma once
/// What a user says about registries on the command line and in the environment.

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace skiff::image::registry {

/// "USER[:PASSWORD]" taken apart.
struct Login {
    std::string user;
    std::string password;
    std::string identity_token;  ///< in place of a password; then `user` means nothing

    bool operator==(const Login&) const = default;
};

struct Options {
    std::map<std::string, std::string> environment;  ///< the caller's
    std::string authfile;                            ///< --authfile
    std::string cert_dir;                            ///< --cert-dir
    std::optional<Login> creds;                      ///< --creds
    std::optional<bool> tls_verify;                  ///< --tls-verify
    bool docker_names = false;                       ///< a short name is docker.io's, whatever registries.conf says
    unsigned retries = 3;                            ///< --retry: further attempts
    std::optional<std::chrono::nanoseconds> retry_delay;  ///< --retry-delay; else 1 s, doubled each time

    /// A variable of the environment, or empty.
    std::string variable(const std::string& name) const {
        const auto found = environment.find(name);
        return found == environment.end() ? std::string{} : found->second;
    }
};

/// "USER[:PASSWORD]". Throws Error{Invalid} for an empty user.
Login parse_login(std::string_view text);

}  // namespace skiff::image::registry
