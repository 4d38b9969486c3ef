#include "image/registry/registries_conf.h"

#include <algorithm>

// Header-only, because the distribution's library is a shared one.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

constexpr std::size_t kConfLimitBytes = 4U << 20;

[[noreturn]] void invalid(const fs::path& file, const std::string& why) { throw Error{ErrorKind::Invalid, concat(file.native(), ": ", why)}; }

toml::table parse_toml(const fs::path& file) {
    try {
        return toml::parse(read_file(file, kConfLimitBytes), file.native());
    } catch (const toml::parse_error& error) {
        invalid(file, concat("line ", error.source().begin.line, ", column ", error.source().begin.column, ": ", error.description()));
    }
}

template <typename Value>
Value value_of(const toml::table& table, std::string_view key, Value fallback, const fs::path& file) {
    const auto node = table[key];
    if (!node) return fallback;
    const auto value = node.value_exact<Value>();
    if (!value) invalid(file, concat(key, " has a value of the wrong type"));
    return *value;
}

MirrorUse mirror_use(const std::string& text, const fs::path& file) {
    if (text.empty() || text == "all") return MirrorUse::All;
    if (text == "digest-only") return MirrorUse::DigestOnly;
    if (text == "tag-only") return MirrorUse::TagOnly;
    invalid(file, concat("pull-from-mirror: no such value: ", quote(text)));
}

/// "https://host/" is written by people; hosts have no scheme here.
std::string clean_location(std::string location, const fs::path& file) {
    if (location.find("://") != std::string::npos) invalid(file, concat("location ", quote(location), ": must not have a scheme"));
    while (location.ends_with('/')) location.pop_back();
    return location;
}

Place place_of(const toml::table& table, const fs::path& file) {
    return {clean_location(value_of<std::string>(table, "location", {}, file), file), value_of(table, "insecure", false, file),
            mirror_use(value_of<std::string>(table, "pull-from-mirror", {}, file), file)};
}

RegistryTable registry_of(const toml::table& table, const fs::path& file) {
    RegistryTable registry;
    registry.place = place_of(table, file);
    registry.prefix = clean_location(value_of(table, "prefix", registry.place.location, file), file);
    registry.blocked = value_of(table, "blocked", false, file);
    registry.mirror_by_digest_only = value_of(table, "mirror-by-digest-only", false, file);
    if (registry.prefix.empty()) invalid(file, "a [[registry]] with neither prefix nor location");
    const bool wild = registry.prefix.starts_with("*.");
    if (registry.place.location.empty() && !wild) registry.place.location = registry.prefix;
    if (const auto* mirrors = table["mirror"].as_array())
        for (const auto& mirror : *mirrors) {
            if (!mirror.is_table()) invalid(file, "a mirror that is not a table");
            registry.mirrors.push_back(place_of(*mirror.as_table(), file));
            if (registry.mirrors.back().location.empty()) invalid(file, concat("a mirror of ", quote(registry.prefix), " without location"));
        }
    return registry;
}

void take_search(RegistriesConf& conf, const toml::table& table, const fs::path& file) {
    const auto* list = table["unqualified-search-registries"].as_array();
    if (list == nullptr) return;
    conf.search.clear();
    for (const auto& element : *list) {
        const auto host = element.value_exact<std::string>();
        if (!host) invalid(file, "unqualified-search-registries: not a list of strings");
        conf.search.push_back(clean_location(*host, file));
    }
}

void take_mode(RegistriesConf& conf, const toml::table& table, const fs::path& file) {
    const auto mode = lower(value_of<std::string>(table, "short-name-mode", {}, file));
    if (mode == "enforcing") conf.short_names = ShortNameMode::Enforcing;
    else if (mode == "permissive") conf.short_names = ShortNameMode::Permissive;
    else if (mode == "disabled") conf.short_names = ShortNameMode::Disabled;
    else if (!mode.empty()) invalid(file, concat("short-name-mode: no such value: ", quote(mode)));
}

void take_registries(RegistriesConf& conf, const toml::table& table, const fs::path& file) {
    const auto* list = table["registry"].as_array();
    if (list == nullptr) return;
    for (const auto& element : *list) {
        if (!element.is_table()) invalid(file, "a [[registry]] that is not a table");
        auto registry = registry_of(*element.as_table(), file);
        std::erase_if(conf.tables, [&](const RegistryTable& other) { return other.prefix == registry.prefix; });
        conf.tables.push_back(std::move(registry));
    }
}

void take_aliases(RegistriesConf& conf, const toml::table& table, const fs::path& file) {
    const auto* aliases = table["aliases"].as_table();
    if (aliases == nullptr) return;
    for (const auto& [name, value] : *aliases) {
        const auto target = value.value_exact<std::string>();
        if (!target) invalid(file, concat("alias ", quote(name.str()), " is not a string"));
        conf.aliases[std::string{name.str()}] = *target;
    }
}

void take_file(RegistriesConf& conf, const fs::path& file) {
    const auto table = parse_toml(file);
    if (table["registries"].is_table())
        throw Error{ErrorKind::Unsupported, concat(file.native(), ": version 1 of its format"), "write [[registry]] tables: containers-registries.conf(5)"};
    take_search(conf, table, file);
    take_mode(conf, table, file);
    take_registries(conf, table, file);
    take_aliases(conf, table, file);
}

std::vector<fs::path> drop_ins(const RegistriesConfFiles& where) {
    std::map<std::string, fs::path> by_name;
    for (const auto& directory : where.drop_ins) {
        std::error_code absent;
        for (const auto& entry : fs::directory_iterator{directory, absent})
            if (entry.path().extension() == ".conf") by_name[entry.path().filename()] = entry.path();
    }
    std::vector<fs::path> files;
    for (auto& [name, path] : by_name) files.push_back(path);
    return files;
}

/// How much of `name` the prefix covers: 0 when it does not match.
std::size_t match_length(const std::string& prefix, const std::string& name) {
    if (prefix.starts_with("*.")) {
        const auto host = name.substr(0, name.find('/'));
        return host.size() > prefix.size() - 1 && host.ends_with(prefix.substr(1)) ? host.size() : 0;
    }
    if (!name.starts_with(prefix)) return 0;
    const bool whole = name.size() == prefix.size() || std::string_view{"/:@"}.find(name[prefix.size()]) != std::string_view::npos;
    return whole ? prefix.size() : 0;
}

const RegistryTable* table_for(const RegistriesConf& conf, const std::string& name) {
    const RegistryTable* best = nullptr;
    for (const auto& table : conf.tables) {
        if (match_length(table.prefix, name) == 0) continue;
        const bool better = best == nullptr || (best->prefix.starts_with("*.") && !table.prefix.starts_with("*.")) ||
                            (best->prefix.starts_with("*.") == table.prefix.starts_with("*.") && table.prefix.size() > best->prefix.size());
        if (better) best = &table;
    }
    return best;
}

/// `repository` with the part that the prefix covers replaced by the place's location.
Endpoint endpoint_at(const Place& place, const std::string& prefix, const std::string& repository, bool mirror) {
    const auto covered = std::min(match_length(prefix, repository), repository.size());
    const auto moved = place.location.empty() ? repository : concat(place.location, repository.substr(covered));
    const auto parts = split_once(moved, '/');
    if (!parts) throw Error{ErrorKind::Invalid, concat("registries.conf: ", quote(place.location), " leaves no repository for ", quote(repository))};
    return {parts->first, parts->second, place.insecure, mirror};
}

bool mirror_serves(const RegistryTable& table, const Place& mirror, const Reference& reference) {
    if (table.mirror_by_digest_only || mirror.use == MirrorUse::DigestOnly) return reference.digest.has_value();
    return mirror.use == MirrorUse::All || !reference.digest;
}

}  // namespace

RegistriesConf load_registries_conf(const RegistriesConfFiles& where) {
    RegistriesConf conf;
    if (!where.replacement.empty()) {
        conf.main_file = where.replacement;
        if (!fs::exists(conf.main_file)) throw Error{ErrorKind::NotFound, concat("$CONTAINERS_REGISTRIES_CONF: ", quote(where.replacement), " does not exist")};
        take_file(conf, conf.main_file);
    } else {
        const auto found = std::find_if(where.files.begin(), where.files.end(), [](const fs::path& file) { return fs::exists(file); });
        conf.main_file = found != where.files.end() ? *found : where.files.front();
        if (found != where.files.end()) take_file(conf, *found);
    }
    for (const auto& file : drop_ins(where)) take_file(conf, file);
    return conf;
}

std::vector<Endpoint> endpoints_for(const RegistriesConf& conf, const Reference& reference) {
    const auto repository = reference.repository();
    const auto* table = table_for(conf, reference.text());
    if (table == nullptr) return {{reference.registry, reference.path, false, false}};
    if (table->blocked)
        throw Error{ErrorKind::Unsupported, concat("registry ", quote(table->prefix), " is blocked"), concat("see registries.conf(5) and ", conf.main_file.native())};
    std::vector<Endpoint> endpoints;
    for (const auto& mirror : table->mirrors)
        if (mirror_serves(*table, mirror, reference)) endpoints.push_back(endpoint_at(mirror, table->prefix, repository, true));
    endpoints.push_back(endpoint_at(table->place, table->prefix, repository, false));
    return endpoints;
}

Candidates resolve_short_name(const RegistriesConf& conf, const Reference& name) {
    const auto completed = [&](const std::string& repository) {
        auto reference = parse_reference(repository);
        reference.tag = name.tag;
        reference.digest = name.digest;
        return complete(std::move(reference), Default::DockerHub);
    };
    const auto alias = conf.aliases.find(name.path);
    if (conf.short_names != ShortNameMode::Disabled && alias != conf.aliases.end() && !alias->second.empty()) return {{completed(alias->second)}, false};
    if (conf.search.empty())
        throw Error{ErrorKind::NotFound, concat("short name ", quote(name.text()), ": no alias and no unqualified-search-registries in ", conf.main_file.native()),
                    concat("name the registry: docker.io/library/", name.text())};
    Candidates candidates;
    for (const auto& host : conf.search) candidates.references.push_back(completed(concat(host, "/", name.path)));
    candidates.must_choose = conf.short_names == ShortNameMode::Enforcing && candidates.references.size() > 1;
    return candidates;
}

}  // namespace skiff::image::registry
