#pragma once
/// Secrets: small pieces of data that containers get as files or variables, and that no image, inspect or export shows.
///
/// Rows say which there are; the content is with a driver: `file` (ROOT/secrets/<id>, 0600), `pass` (gpg(1)) or `shell`
/// (commands of the user's). A row is there before the content and after it, with stored = 0: what a dead command left like that
/// is taken away by the next one that changes secrets. The lock is an flock on ROOT/secrets.
/// Source: podman-secret-create(1) and its sisters.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/clock.h"

namespace skiff::libpod {

class Runtime;

struct SecretRow {
    std::string id;      ///< 25 hex digits
    std::string name;
    std::string driver;  ///< file, pass, shell
    std::map<std::string, std::string> options;  ///< of the driver
    std::map<std::string, std::string> labels;
    UnixNanos created_at = 0, updated_at = 0;
};

struct SecretRequest {
    std::string name;
    std::string driver = "file";
    std::map<std::string, std::string> options, labels;
    std::string data;      ///< 1 to 512000 bytes
    bool replace = false;  ///< one of that name is replaced
    bool ignore = false;   ///< one of that name is no failure, and stays
};

/// Gives back the ID. Throws Error{Invalid}, {Exists}, and what the driver says.
std::string create_secret(const Runtime& runtime, const SecretRequest& request);
/// By name, ID, or the beginning of one ID only. Throws Error{NotFound} or {Ambiguous}.
SecretRow find_secret(const Runtime& runtime, std::string_view name_or_id);
std::optional<SecretRow> try_find_secret(const Runtime& runtime, std::string_view name_or_id);
/// By name.
std::vector<SecretRow> list_secrets(const Runtime& runtime);
void remove_secret(const Runtime& runtime, const SecretRow& row);
/// Throws what the driver says.
std::string secret_data(const Runtime& runtime, const SecretRow& row);

}  // namespace skiff::libpod
