#include "cli/login_key.h"

#include "cli/options.h"
#include "image/reference.h"
#include "image/registry/remote_image.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

LoginKey login_key(const std::string& text, const image::registry::Options& options) {
    std::string name = text;
    if (name.empty()) {
        const auto conf = image::registry::registries_conf(options);
        if (conf.search.empty()) throw Error{ErrorKind::Invalid, "a registry is missing", "registries.conf has no unqualified-search-registries"};
        name = conf.search.front();
    }
    if (const auto scheme = name.find("://"); scheme != std::string::npos) name.erase(0, scheme + 3);
    while (name.ends_with('/')) name.pop_back();
    const auto parts = split_once(name, '/');
    LoginKey key{parts ? parts->first : name, parts ? parts->second : ""};
    if (key.host == "index.docker.io" || key.host == "registry-1.docker.io") key = {"docker.io", ""};
    // The grammar of a name decides what may be a registry. A host without dot or port is one here.
    const auto dotted = key.host.find_first_of(".:") == std::string::npos ? concat(key.host, ":1") : key.host;
    const auto reference = image::try_parse_reference(concat(dotted, "/", key.path.empty() ? "any" : key.path));
    if (!reference || reference->registry != dotted || !reference->tag.empty() || reference->digest)
        throw Error{ErrorKind::Invalid, concat("invalid registry ", quote(text)), "HOST[:PORT][/PATH]"};
    return key;
}

void add_auth_file_flags(CLI::App& command, AuthFileFlags& flags) {
    add_string(command, "--authfile", flags.authfile, "FILE", "Keep credentials in this file");
    add_string(command, "--compat-auth-file", flags.compat_auth_file, "FILE", "Keep credentials in this file, as docker writes them");
}

image::registry::Options auth_options(const AuthFileFlags& files, const RegistryFlags& flags, const Environment& environment) {
    if (!files.authfile.empty() && !files.compat_auth_file.empty()) throw Error{ErrorKind::Invalid, "--authfile and --compat-auth-file exclude each other"};
    auto options = registry_options(flags, environment);
    options.authfile = files.authfile.empty() ? files.compat_auth_file : files.authfile;
    return options;
}

image::registry::AuthFormat auth_format(const AuthFileFlags& files) {
    return files.compat_auth_file.empty() ? image::registry::AuthFormat::Containers : image::registry::AuthFormat::Docker;
}

bool auth_file_exists(const image::registry::Options& options) {
    const bool named = !options.authfile.empty() || !options.variable("REGISTRY_AUTH_FILE").empty();
    return !named || std::filesystem::exists(image::registry::writable_auth_file(options));
}

}  // namespace skiff::cli
