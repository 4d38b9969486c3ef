#include "image/registry/credentials.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "image/registry/credential_helper.h"
#include "state/file_lock.h"
#include "util/base64.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

constexpr std::size_t kAuthFileLimitBytes = 4U << 20;
constexpr const char* kHubServer = "https://index.docker.io/v1/";  // what docker calls docker.io

fs::path runtime_auth_file(const Options& options) {
    const auto runtime = options.variable("XDG_RUNTIME_DIR");
    return (runtime.empty() ? fs::path{"/run/containers/0"} : fs::path{runtime} / "containers") / "auth.json";
}

fs::path docker_config(const Options& options) {
    const auto directory = options.variable("DOCKER_CONFIG");
    return directory.empty() ? fs::path{options.variable("HOME")} / ".docker/config.json" : fs::path{directory} / "config.json";
}

struct AuthFile {
    fs::path path;
    bool required = false;
};

std::string named_file(const Options& options) { return options.authfile.empty() ? options.variable("REGISTRY_AUTH_FILE") : options.authfile; }

std::vector<AuthFile> files_to_read(const Options& options) {
    if (const auto named = named_file(options); !named.empty()) return {{named, true}};
    const auto home = options.variable("HOME");
    const auto configs = options.variable("XDG_CONFIG_HOME");
    std::vector<AuthFile> files{{runtime_auth_file(options), false}};
    if (!home.empty() || !configs.empty())
        files.push_back({(configs.empty() ? fs::path{home} / ".config" : fs::path{configs}) / "containers/auth.json", false});
    if (!home.empty() || !options.variable("DOCKER_CONFIG").empty()) files.push_back({docker_config(options), false});
    return files;
}

Json read_auth_file(const fs::path& path, bool required) {
    const auto text = read_file_if_exists_at(AT_FDCWD, path, kAuthFileLimitBytes);
    if (!text && required) throw Error{ErrorKind::NotFound, concat("credentials file ", quote(path.native()), " does not exist")};
    if (!text || trim(*text).empty()) return Json::object();
    auto document = parse_json(*text, path.native());
    if (!document.is_object()) throw Error{ErrorKind::Corrupt, concat(path.native(), ": not a JSON object")};
    return document;
}

/// The host of keys as docker wrote them: "https://host/v1/".
std::string host_of_key(std::string_view key) {
    if (const auto scheme = key.find("://"); scheme != std::string_view::npos) key.remove_prefix(scheme + 3);
    auto host = std::string{key.substr(0, key.find('/'))};
    return host == "index.docker.io" || host == "registry-1.docker.io" ? "docker.io" : host;
}

Login login_of(const Json& entry, const std::string& key) {
    Login login{{}, {}, string_or(entry, "identitytoken")};
    const auto encoded = string_or(entry, "auth");
    if (encoded.empty()) {
        login.user = string_or(entry, "username");
        login.password = string_or(entry, "password");
        return login;
    }
    const auto decoded = base64_decoded(encoded);
    const auto parts = decoded ? split_once(*decoded, ':') : std::nullopt;
    if (!parts) throw Error{ErrorKind::Corrupt, concat("the entry of ", quote(key), " is not USER:PASSWORD in base64")};
    login.user = parts->first;
    login.password = parts->second.substr(0, parts->second.find('\0'));
    return login;
}

/// "host/a/b", "host/a", "host".
std::vector<std::string> keys_for(std::string_view host, std::string_view path) {
    std::vector<std::string> keys;
    auto key = concat(host, "/", path);
    while (key.find('/') != std::string::npos) {
        keys.push_back(key);
        key.resize(key.rfind('/'));
    }
    keys.emplace_back(host);
    return keys;
}

std::optional<Login> from_entries(const Json& document, std::string_view host, std::string_view path) {
    const Json* auths = member(document, "auths");
    if (auths == nullptr || !auths->is_object()) return std::nullopt;
    for (const auto& key : keys_for(host, path))
        if (const Json* entry = member(*auths, key.c_str()); entry != nullptr && entry->is_object() && !entry->empty()) return login_of(*entry, key);
    for (const auto& [key, entry] : auths->items())
        if (key.find("://") != std::string::npos && entry.is_object() && !entry.empty() && host_of_key(key) == host) return login_of(entry, key);
    return std::nullopt;
}

std::string helper_for(const Json& document, const std::string& key) {
    if (const Json* helpers = member(document, "credHelpers"); helpers != nullptr && helpers->is_object()) {
        const auto named = string_or(*helpers, key.c_str());
        if (!named.empty()) return named;
    }
    return string_or(document, "credsStore");
}

std::string helper_server(const std::string& host) { return host == "docker.io" ? kHubServer : host; }

std::optional<Login> in_file(const AuthFile& file, const std::string& host, std::string_view path) {
    const auto document = read_auth_file(file.path, file.required);
    return in_context(file.path.native(), [&]() -> std::optional<Login> {
        if (const auto helper = helper_for(document, host); !helper.empty())
            if (auto login = ask_helper(helper, helper_server(host))) return login;
        auto login = from_entries(document, host, path);
        const bool empty = login && login->user.empty() && login->identity_token.empty();
        return empty ? std::nullopt : login;
    });
}

/// Changes the file as a whole, under a lock beside it: two logins at once must not lose one.
template <typename Change>
void change_auth_file(const fs::path& path, Change&& change) {
    const UniqueFd directory = make_directory(path.parent_path().empty() ? fs::path{"."} : path.parent_path(), 0700);
    auto lock = state::FileLock::exclusive(fs::path{concat(path.native(), ".lock")}, std::chrono::minutes{1});
    Json document = read_auth_file(path, /*required=*/false);
    change(document);
    replace_file_at(directory.get(), path.filename(), concat(dump(document, 4), "\n"), 0600, Sync::Yes);
    lock.unlink_and_release();
}

std::string stored_key(AuthFormat format, const std::string& key) { return format == AuthFormat::Docker && key == "docker.io" ? kHubServer : key; }

}  // namespace

Login parse_login(std::string_view text) {
    const auto parts = split_once(text, ':');
    Login login{parts ? parts->first : std::string{text}, parts ? parts->second : std::string{}, {}};
    if (login.user.empty()) throw Error{ErrorKind::Invalid, "--creds: the user name is empty", "USER or USER:PASSWORD"};
    return login;
}

std::optional<Login> find_login(const Options& options, std::string_view host, std::string_view path) {
    if (options.creds) return options.creds;
    for (const auto& file : files_to_read(options))
        if (auto login = in_file(file, std::string{host}, path)) return login;
    return std::nullopt;
}

fs::path writable_auth_file(const Options& options) {
    const auto named = named_file(options);
    return named.empty() ? runtime_auth_file(options) : fs::path{named};
}

void store_login(const Options&, const fs::path& file, AuthFormat format, const std::string& key, const Login& login) {
    change_auth_file(file, [&](Json& document) {
        if (const auto helper = helper_for(document, key); !helper.empty()) return tell_helper(helper, helper_server(key), login);
        document["auths"][stored_key(format, key)] = Json{{"auth", base64_encoded(concat(login.user, ":", login.password))}};
    });
}

bool remove_login(const Options&, const fs::path& file, AuthFormat format, const std::string& key) {
    if (!read_file_if_exists_at(AT_FDCWD, file, kAuthFileLimitBytes)) return false;
    bool removed = false;
    change_auth_file(file, [&](Json& document) {
        if (const auto helper = helper_for(document, key); !helper.empty() && ask_helper(helper, helper_server(key))) {
            erase_from_helper(helper, helper_server(key));
            removed = true;
        }
        if (document.contains("auths") && document["auths"].is_object() && document["auths"].erase(stored_key(format, key)) > 0) removed = true;
    });
    return removed;
}

void remove_all_logins(const Options&, const fs::path& file) {
    if (!read_file_if_exists_at(AT_FDCWD, file, kAuthFileLimitBytes)) return;
    change_auth_file(file, [](Json& document) { document["auths"] = Json::object(); });
}

}  // namespace skiff::image::registry
