#pragma once
/// Where user names and passwords of registries are kept: auth.json, docker's config.json, credential helpers.
/// Source: containers-auth.json(5); docker-login(1), "Credential helpers".

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/registry/options.h"

namespace skiff::image::registry {

namespace fs = std::filesystem;

/// --creds, else the most specific entry for HOST[/PATH] in the files, the first file that has one: --authfile or
/// $REGISTRY_AUTH_FILE alone when given; else ${XDG_RUNTIME_DIR:-/run/containers/0}/containers/auth.json,
/// ~/.config/containers/auth.json, $DOCKER_CONFIG/config.json or ~/.docker/config.json. nullopt: nobody logged in.
/// Throws Error{Corrupt} for a malformed file, Error{NotFound} for a file that was named and is not there, or for a
/// credential helper that is not installed.
std::optional<Login> find_login(const Options& options, std::string_view host, std::string_view path);

/// The file that login and logout change.
fs::path writable_auth_file(const Options& options);
/// docker's own file (--compat-auth-file): keys and helpers as docker writes them.
enum class AuthFormat { Containers, Docker };

/// Puts the login for `key` (HOST or HOST/PATH) into `file` (0600, replaced by rename), or with the credential helper
/// that the file names for it.
void store_login(const Options& options, const fs::path& file, AuthFormat format, const std::string& key, const Login& login);
/// Takes it away. False when there was none.
bool remove_login(const Options& options, const fs::path& file, AuthFormat format, const std::string& key);
/// Takes all away.
void remove_all_logins(const Options& options, const fs::path& file);

}  // namespace skiff::image::registry
