#pragma once
/// registries.conf, version 2: where images come from.
///
/// Read in this order: /etc/containers/registries.conf (else /usr/share/containers/…), or what
/// $CONTAINERS_REGISTRIES_CONF names; then registries.conf.d/*.conf of both directories by name, where tables of the same
/// prefix and aliases of the same name replace earlier ones. Source: containers-registries.conf(5),
/// containers-registries.conf.d(5).

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "image/reference.h"

namespace skiff::image::registry {

namespace fs = std::filesystem;

enum class MirrorUse { All, DigestOnly, TagOnly };

struct Place {
    std::string location;  ///< HOST[:PORT][/PATH]; empty: where the prefix says
    bool insecure = false;
    MirrorUse use = MirrorUse::All;
};

struct RegistryTable {
    std::string prefix;  ///< HOST[:PORT][/PATH[:TAG|@DIGEST]], or "*.example.com"
    Place place;
    bool blocked = false;
    bool mirror_by_digest_only = false;
    std::vector<Place> mirrors;
};

enum class ShortNameMode { Enforcing, Permissive, Disabled };

struct RegistriesConf {
    std::vector<std::string> search;  ///< unqualified-search-registries
    ShortNameMode short_names = ShortNameMode::Enforcing;
    std::map<std::string, std::string> aliases;  ///< "fedora" to "registry.fedoraproject.org/fedora"; empty: taken away
    std::vector<RegistryTable> tables;
    fs::path main_file;                          ///< for errors
};

struct RegistriesConfFiles {
    std::vector<fs::path> files{"/etc/containers/registries.conf", "/usr/share/containers/registries.conf"};  ///< the first there is
    std::vector<fs::path> drop_ins{"/usr/share/containers/registries.conf.d", "/etc/containers/registries.conf.d"};
    std::string replacement;  ///< $CONTAINERS_REGISTRIES_CONF
};

/// Throws Error{Invalid} with file, line and column for a malformed file, Error{Unsupported} for version 1,
/// Error{NotFound} when `replacement` is not there.
RegistriesConf load_registries_conf(const RegistriesConfFiles& where = {});

/// One place to try for an image.
struct Endpoint {
    std::string host;        ///< HOST[:PORT] as configured: the key of credentials and certificates
    std::string repository;  ///< path on that host
    bool insecure = false;
    bool mirror = false;
};

/// Where to look for a complete reference, mirrors first. Throws Error{Unsupported} for a blocked location.
std::vector<Endpoint> endpoints_for(const RegistriesConf& conf, const Reference& reference);

/// What a short name may mean.
struct Candidates {
    std::vector<Reference> references;  ///< complete; in order
    bool must_choose = false;           ///< enforcing, and there is more than one: only a person can say
};
/// `name` without registry. Throws Error{NotFound} when neither alias nor search list helps.
Candidates resolve_short_name(const RegistriesConf& conf, const Reference& name);

}  // namespace skiff::image::registry
