#include <glob.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "libpod/parse/refuse.h"
#include "libpod/parse/volume_options.h"
#include "libpod/parse/values.h"
#include "util/csv.h"

namespace skiff::libpod {
namespace {

/// Options of one kind exclude each other; a kind may be said once.
enum class OptionKind { Access, Propagation, Recursion, Exec, Suid, Dev, CopyUp, Swap };
struct PlainOption {
    std::string_view word;
    OptionKind kind;
};
constexpr std::array<PlainOption, 21> kPlainOptions{{{"ro", OptionKind::Access},
                                                     {"rw", OptionKind::Access},
                                                     {"shared", OptionKind::Propagation},
                                                     {"rshared", OptionKind::Propagation},
                                                     {"slave", OptionKind::Propagation},
                                                     {"rslave", OptionKind::Propagation},
                                                     {"private", OptionKind::Propagation},
                                                     {"rprivate", OptionKind::Propagation},
                                                     {"unbindable", OptionKind::Propagation},
                                                     {"runbindable", OptionKind::Propagation},
                                                     {"bind", OptionKind::Recursion},
                                                     {"rbind", OptionKind::Recursion},
                                                     {"exec", OptionKind::Exec},
                                                     {"noexec", OptionKind::Exec},
                                                     {"suid", OptionKind::Suid},
                                                     {"nosuid", OptionKind::Suid},
                                                     {"dev", OptionKind::Dev},
                                                     {"nodev", OptionKind::Dev},
                                                     {"tmpcopyup", OptionKind::CopyUp},
                                                     {"notmpcopyup", OptionKind::CopyUp},
                                                     {"noswap", OptionKind::Swap}}};
constexpr std::size_t kCommonOptions = 18;  // what a bind mount or volume takes; the rest is for tmpfs

constexpr std::string_view kVolumeGrammar = "[[SOURCE:]DESTINATION[:OPTION,…]]";
constexpr std::string_view kIdMapGrammar = "idmap=uids=FROM-TO-COUNT#…;gids=FROM-TO-COUNT#…";
constexpr std::string_view kMountGrammar = "type=TYPE,source=…,destination=…[,OPTION…]";

const PlainOption* find_plain(std::string_view word, bool tmpfs) {
    const auto* end = kPlainOptions.begin() + (tmpfs ? kPlainOptions.size() : kCommonOptions);
    const auto* found = std::find_if(kPlainOptions.begin(), end, [&](auto& option) { return option.word == word; });
    return found == end ? nullptr : found;
}

/// Collects options, refusing contradictions. Throws naming the whole value.
class OptionSet {
public:
    OptionSet(std::string_view flag, std::string_view whole, MountConfig& mount)
        : flag_{flag}, whole_{whole}, mount_{mount} {}

    /// False when the word is no plain option.
    bool add_plain(std::string_view word) {
        const auto* option = find_plain(word, mount_.kind == MountKind::Tmpfs || mount_.kind == MountKind::Ramfs);
        if (option == nullptr) return false;
        const auto bit = 1U << static_cast<unsigned>(option->kind);
        if ((seen_ & bit) != 0) fail(concat("option ", quote(word), " contradicts or repeats an earlier one"));
        seen_ |= bit;
        mount_.options.emplace_back(word);
        return true;
    }
    /// Options of -v and of volumes beyond the kernel's.
    bool add_volume_word(std::string_view word) {
        if (word == "z") set_once(mount_.relabel_shared, word);
        else if (word == "Z") set_once(mount_.relabel_private, word);
        else if (word == "U") set_once(mount_.chown, word);
        else if (word == "O") set_once(mount_.overlay, word);
        else if (word == "idmap") set_once(mount_.id_mapped, word);
        else if (word.starts_with("idmap=")) add_id_map(word.substr(6));
        else if (word == "copy") mount_.copy = true;
        else if (word == "nocopy") mount_.copy = false;
        else if (word.starts_with("upperdir=")) mount_.upper_dir = clean_absolute(flag_, word.substr(9));
        else if (word.starts_with("workdir=")) mount_.work_dir = clean_absolute(flag_, word.substr(8));
        else return false;
        return true;
    }
    [[noreturn]] void fail(std::string_view why, std::string_view grammar = {}) const { refuse(flag_, whole_, why, grammar); }

private:
    /// "uids=FROM-TO-COUNT#…;gids=…": IDs on disk and what they are seen as.
    void add_id_map(std::string_view text) {
        set_once(mount_.id_mapped, "idmap");
        for (const auto& part : split(text, ';')) {
            const auto pair = split_once(part, '=');
            const bool known = pair && (pair->first == "uids" || pair->first == "gids");
            if (!known) fail(concat("idmap: unknown part ", quote(part)), kIdMapGrammar);
            auto& map = pair->first == "uids" ? mount_.uid_map : mount_.gid_map;
            for (const auto& line : split(pair->second, '#')) map.push_back(id_mapping(line));
        }
        if (mount_.uid_map.empty()) mount_.uid_map = mount_.gid_map;
        if (mount_.gid_map.empty()) mount_.gid_map = mount_.uid_map;
    }
    IdMapping id_mapping(const std::string& line) const {
        const auto parts = split(line, '-');
        const auto number = [&](std::size_t at) {
            const auto value = at < parts.size() ? parse_uint(parts[at]) : std::nullopt;
            if (!value || *value > 0xfffffffeU) fail(concat("idmap: ", quote(line), " is malformed"), kIdMapGrammar);
            return static_cast<std::uint32_t>(*value);
        };
        if (parts.size() != 3) fail(concat("idmap: ", quote(line), " is malformed"), kIdMapGrammar);
        return {number(0), number(1), number(2)};
    }
    void set_once(bool& flag, std::string_view word) {
        if (flag) fail(concat("option ", quote(word), " is given twice"));
        flag = true;
    }

    std::string_view flag_, whole_;
    MountConfig& mount_;
    unsigned seen_ = 0;
};

std::string clean_destination(std::string_view flag, std::string_view path) {
    auto clean = clean_absolute(flag, path);
    if (clean == "/") refuse(flag, path, "the container's root cannot be a mount destination");
    return clean;
}

/// Directories that the host could not live with in other hands. Source: podman-run(1), --volume, Chowning Volume Mounts.
bool is_of_the_system(const std::string& path) {
    static constexpr std::array<std::string_view, 26> kPaths{
        "/",      "/bin",  "/boot", "/dev",  "/etc", "/etc/passwd", "/etc/pki", "/etc/shadow", "/home", "/lib",   "/lib64", "/media",   "/opt",
        "/proc",  "/root", "/run",  "/sbin", "/srv", "/sys",        "/tmp",     "/usr",        "/var",  "/var/lib", "/var/log", "/var/run", "/usr/bin"};
    std::error_code missing;
    const std::string real = std::filesystem::weakly_canonical(path, missing);
    return std::find(kPaths.begin(), kPaths.end(), path) != kPaths.end() || std::find(kPaths.begin(), kPaths.end(), real) != kPaths.end();
}

void check_whole(const MountConfig& mount, const OptionSet& options) {
    if (mount.chown && mount.kind == MountKind::Bind && !mount.overlay && is_of_the_system(mount.source)) {
        options.fail(concat("changing the owner of ", quote(mount.source), " is not allowed: the host needs it"));
    }
    if (mount.relabel_shared && mount.relabel_private) options.fail("z and Z exclude each other");
    if (mount.upper_dir.empty() != mount.work_dir.empty()) options.fail("upperdir and workdir go together");
    if (!mount.upper_dir.empty() && !mount.overlay) options.fail("upperdir needs the option O");
    if (mount.overlay && mount.kind != MountKind::Bind && mount.kind != MountKind::Volume) {
        options.fail("O is for directories and volumes");
    }
    const bool made_with = std::any_of(mount.options.begin(), mount.options.end(), [](auto& word) { return word.starts_with(kVolumeOptionPrefix); });
    if (made_with && mount.source.empty()) options.fail("volume-opt is for a volume with a name", "source=NAME");
    const bool read_only = std::find(mount.options.begin(), mount.options.end(), "ro") != mount.options.end();
    if (mount.overlay && read_only) options.fail("O is writable and excludes ro");
}

std::string volume_name(std::string_view name) {
    check_name("volume", name);
    return std::string{name};
}

void set_source(MountConfig& mount, std::string_view source, std::string_view current_directory) {
    const bool is_path = source.starts_with('/') || source.starts_with('.');
    mount.kind = is_path ? MountKind::Bind : MountKind::Volume;
    mount.source = is_path ? absolute_host_path(source, current_directory) : volume_name(source);
}

}  // namespace

MountConfig parse_volume(std::string_view text, std::string_view current_directory) {
    constexpr std::string_view kFlag = "--volume";
    const auto parts = split(text, ':');
    MountConfig mount;
    mount.kind = MountKind::Volume;
    OptionSet options{kFlag, text, mount};
    if (parts.size() > 3) options.fail("has too many colons", kVolumeGrammar);
    if (parts.size() > 1) {
        if (parts[0].empty()) options.fail("has an empty source", kVolumeGrammar);
        set_source(mount, parts[0], current_directory);
    }
    mount.destination = clean_destination(kFlag, parts[parts.size() > 1 ? 1 : 0]);
    if (parts.size() == 3) {
        for (const auto& word : split(parts[2], ',')) {
            if (!options.add_plain(word) && !options.add_volume_word(word)) {
                options.fail(concat("unknown option ", quote(word)), kVolumeGrammar);
            }
        }
    }
    check_whole(mount, options);
    return mount;
}

namespace {

bool is_size_or_percent(std::string_view text) {
    if (text.ends_with('%')) return consists_of(text.substr(0, text.size() - 1), kDigits);
    return parse_size(text).has_value();
}

/// "size=64m", "mode=1777", "uid=0", "nr_inodes=…": checked, then passed on. False for other words.
bool add_tmpfs_value(std::string_view word, MountConfig& mount, const OptionSet& options) {
    const auto parts = split_once(word, '=');
    if (!parts) return false;
    const auto& [key, value] = *parts;
    bool fits = false;
    if (key == "size" || key == "nr_blocks" || key == "nr_inodes") fits = is_size_or_percent(value);
    else if (key == "mode") fits = consists_of(value, "01234567") && value.size() <= 5;
    else if (key == "uid" || key == "gid") fits = consists_of(value, kDigits) && value.size() <= 10;
    else if (key == "huge") fits = value == "never" || value == "always" || value == "within_size" || value == "advise";
    else return false;
    if (!fits) options.fail(concat("option ", quote(key), " has a bad value ", quote(value)));
    mount.options.emplace_back(word);
    return true;
}

struct KindName {
    std::string_view word;
    MountKind kind;
};
constexpr std::array<KindName, 7> kKinds{{{"bind", MountKind::Bind},
                                          {"glob", MountKind::Bind},
                                          {"tmpfs", MountKind::Tmpfs},
                                          {"volume", MountKind::Volume},
                                          {"image", MountKind::Image},
                                          {"devpts", MountKind::Devpts},
                                          {"ramfs", MountKind::Ramfs}}};

MountKind mount_kind(const std::vector<std::string>& fields, std::string_view whole) {
    std::optional<MountKind> kind;
    for (const auto& field : fields) {
        if (!field.starts_with("type=")) continue;
        const auto word = std::string_view{field}.substr(5);
        const auto* found = std::find_if(kKinds.begin(), kKinds.end(), [&](auto& name) { return name.word == word; });
        if (kind) refuse("--mount", whole, "has two types", kMountGrammar);
        if (found == kKinds.end()) {
            refuse("--mount", whole, concat("unknown type ", quote(word)), "bind, tmpfs, volume, image, artifact, devpts, ramfs or glob");
        }
        kind = found->kind;
    }
    return kind.value_or(MountKind::Volume);
}

/// One --mount in the making: key by key.
class MountParser {
public:
    MountParser(std::string_view whole, std::string_view current_directory, MountKind kind)
        : whole_{whole}, current_directory_{current_directory}, options_{"--mount", whole, mount_} {
        mount_.kind = kind;
    }

    void add(const std::string& field) {
        if (field.empty()) options_.fail("has an empty field", kMountGrammar);
        const auto at = field.find('=');
        const auto key = field.substr(0, at);
        const auto value = at == std::string::npos ? std::nullopt : std::optional{field.substr(at + 1)};
        if (key == "type") return;
        const bool known = add_place(key, value) || add_switch(key, value) || add_option(key, value) || add_for_kind(field, key, value);
        if (!known) options_.fail(concat("unknown option ", quote(key), " for this type"), kMountGrammar);
    }

    MountConfig finish(bool may_lack_destination) {
        if (mount_.destination.empty() && !may_lack_destination) options_.fail("has no destination", kMountGrammar);
        const bool needs_source = mount_.kind == MountKind::Bind || mount_.kind == MountKind::Image;
        if (needs_source && mount_.source.empty()) options_.fail("has no source", kMountGrammar);
        check_whole(mount_, options_);
        return std::move(mount_);
    }

private:
    using Value = std::optional<std::string>;

    const std::string& required(std::string_view key, const Value& value) const {
        if (!value || value->empty()) options_.fail(concat("option ", quote(key), " needs a value"), kMountGrammar);
        return *value;
    }
    bool flag_value(std::string_view key, const Value& value) const {
        return !value || parse_bool(concat("--mount option ", key), *value);
    }
    bool has_source() const { return mount_.kind != MountKind::Tmpfs && mount_.kind != MountKind::Ramfs && mount_.kind != MountKind::Devpts; }
    bool is_directory_kind() const { return mount_.kind == MountKind::Bind || mount_.kind == MountKind::Volume; }

    bool add_place(std::string_view key, const Value& value) {
        if (key == "dst" || key == "destination" || key == "target") {
            if (!mount_.destination.empty()) options_.fail("has two destinations");
            mount_.destination = clean_destination("--mount", required(key, value));
            return true;
        }
        if ((key != "src" && key != "source") || !has_source()) return false;
        if (!mount_.source.empty()) options_.fail("has two sources");
        const auto& source = required(key, value);
        if (mount_.kind == MountKind::Bind) mount_.source = absolute_host_path(source, current_directory_);
        else mount_.source = mount_.kind == MountKind::Volume ? volume_name(source) : source;
        return true;
    }

    bool add_switch(std::string_view key, const Value& value) {
        const bool image_write = mount_.kind == MountKind::Image && (key == "rw" || key == "readwrite");
        if (key == "ro" || key == "readonly") return add_word(flag_value(key, value) ? "ro" : "rw");
        if (key == "rw" || image_write) return add_word(flag_value(key, value) ? "rw" : "ro");
        if (!is_directory_kind() && !(mount_.kind == MountKind::Tmpfs && (key == "U" || key == "chown"))) return false;
        if (key == "U" || key == "chown") mount_.chown = flag_value(key, value);
        else if (key == "idmap") return options_.add_volume_word(value ? concat("idmap=", *value) : "idmap");
        else if (key == "relabel") add_relabel(required(key, value));
        else return false;
        return true;
    }

    /// "options=a:b" and the propagation keys.
    bool add_option(std::string_view key, const Value& value) {
        if (key == "options") {
            for (const auto& word : split(required(key, value), ':')) add_word(word);
            return true;
        }
        if (mount_.kind == MountKind::Bind && (key == "bind-propagation" || key == "propagation")) {
            const auto& word = required(key, value);
            if (find_plain(word, false) == nullptr || find_plain(word, false)->kind != OptionKind::Propagation) {
                options_.fail(concat("unknown propagation ", quote(word)), "[r]shared, [r]slave, [r]private or [r]unbindable");
            }
            return add_word(word);
        }
        if (key == "consistency") return check_consistency(required(key, value));
        if (mount_.kind == MountKind::Bind && key == "bind-nonrecursive") return add_word(flag_value(key, value) ? "bind" : "rbind");
        return !value && options_.add_plain(key);
    }

    /// How far a virtual machine's view may lag behind its host's: here both are one.
    bool check_consistency(std::string_view word) const {
        const bool known = word == "default" || word == "consistent" || word == "cached" || word == "delegated";
        if (!known) options_.fail(concat("unknown consistency ", quote(word)), "default, consistent, cached or delegated");
        return true;
    }

    bool add_for_kind(const std::string& field, std::string_view key, const Value& value) {
        switch (mount_.kind) {
            case MountKind::Tmpfs:
            case MountKind::Ramfs:
                if (key == "tmpfs-size" || key == "tmpfs-mode") {
                    return add_tmpfs_value(concat(key.substr(6), "=", required(key, value)), mount_, options_);
                }
                return add_tmpfs_value(field, mount_, options_);
            case MountKind::Volume:
                return add_copy(key, value) || add_subpath(key, value) || add_driver_option(key, value);
            case MountKind::Image: return add_subpath(key, value);
            case MountKind::Devpts: return add_devpts(field, key, value);
            case MountKind::Bind:
            case MountKind::Mqueue: return false;
        }
        return false;
    }

    bool add_copy(std::string_view key, const Value& value) {
        if (key == "copy" || key == "nocopy") return !value && options_.add_volume_word(key);
        if (key != "volume-nocopy") return false;
        mount_.copy = !flag_value(key, value);
        return true;
    }
    /// What the volume is made with when there is none of its name; see provide_volumes().
    bool add_driver_option(std::string_view key, const Value& value) {
        if (key == "volume-driver") {
            if (required(key, value) != "local") throw Error{ErrorKind::Unsupported, concat("--mount volume-driver=", *value, ": volume plugins are not supported"), "local"};
            return true;
        }
        if (key != "volume-opt") return false;
        if (required(key, value).front() == '=') options_.fail("volume-opt has no name", "volume-opt=NAME=VALUE");
        mount_.options.push_back(concat(kVolumeOptionPrefix, *value));
        return true;
    }
    bool add_subpath(std::string_view key, const Value& value) {
        if (key != "subpath" && key != "volume-subpath") return false;
        mount_.subpath = clean_absolute("--mount subpath", concat("/", required(key, value))).substr(1);
        return true;
    }
    bool add_devpts(const std::string& field, std::string_view key, const Value& value) {
        if (key != "uid" && key != "gid" && key != "mode" && key != "max") return false;
        if (!consists_of(required(key, value), kDigits)) options_.fail(concat("option ", quote(key), " is not a number"));
        mount_.options.push_back(field);
        return true;
    }
    bool add_word(std::string_view word) {
        if (!options_.add_plain(word)) options_.fail(concat("unknown option ", quote(word)), kMountGrammar);
        return true;
    }
    void add_relabel(const std::string& word) {
        if (word == "shared") mount_.relabel_shared = true;
        else if (word == "private") mount_.relabel_private = true;
        else options_.fail(concat("unknown relabel ", quote(word)), "shared or private");
    }

    MountConfig mount_;
    std::string_view whole_, current_directory_;
    OptionSet options_;
};

}  // namespace

namespace {

/// Every file that matches, at its own path or below the destination.
std::vector<MountConfig> expand_glob(const MountConfig& pattern, std::string_view whole) {
    glob_t found{};
    const int result = ::glob(pattern.source.c_str(), GLOB_ERR, nullptr, &found);
    std::vector<std::string> paths;
    for (std::size_t i = 0; result == 0 && i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
    ::globfree(&found);
    if (paths.empty()) throw Error{ErrorKind::NotFound, concat("--mount ", quote(whole), ": no file matches ", quote(pattern.source))};
    std::vector<MountConfig> mounts;
    for (const auto& path : paths) {
        MountConfig mount = pattern;
        mount.source = path;
        const std::string name = std::filesystem::path{path}.filename();
        mount.destination = clean_destination("--mount", pattern.destination.empty() ? path : concat(pattern.destination, "/", name));
        mounts.push_back(std::move(mount));
    }
    return mounts;
}

}  // namespace

std::vector<MountConfig> parse_mount(std::string_view text, std::string_view current_directory) {
    const auto fields = in_context("--mount", [&] { return split_csv(text); });
    MountParser parser{text, current_directory, mount_kind(fields, text)};
    for (const auto& field : fields) parser.add(field);
    const bool glob = std::find(fields.begin(), fields.end(), "type=glob") != fields.end();
    MountConfig mount = parser.finish(glob);
    if (glob) return expand_glob(mount, text);
    return {std::move(mount)};
}

MountConfig parse_tmpfs(std::string_view text) {
    const auto colon = text.find(':');
    MountConfig mount;
    mount.kind = MountKind::Tmpfs;
    mount.destination = clean_destination("--tmpfs", text.substr(0, colon));
    OptionSet options{"--tmpfs", text, mount};
    if (colon == std::string_view::npos) return mount;
    for (const auto& word : split(text.substr(colon + 1), ',')) {
        const bool known = options.add_plain(word) || add_tmpfs_value(word, mount, options) || (word == "U" && (mount.chown = true));
        if (!known) options.fail(concat("unknown option ", quote(word)), "DESTINATION[:size=…,mode=…,ro,noexec,…]");
    }
    return mount;
}

}  // namespace skiff::libpod
