#include "image/user_lookup.h"

#include <algorithm>
#include <optional>

#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr std::size_t kFileLimitBytes = 1U << 20;
// What podman and docker accept: beyond it some kernels' interfaces and 32-bit programs see negative numbers.
constexpr std::uint64_t kHighestId = 2147483647;
constexpr std::size_t kHighestGroupCount = 65536;  // NGROUPS_MAX of Linux

enum class Part { User, Group };

std::string_view word_for(Part part) { return part == Part::User ? "user" : "group"; }

bool is_decimal(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_decimal); }

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::uint32_t parse_id(std::string_view text, Part part) {
    const auto value = parse_uint(text);
    if (!value || *value > kHighestId)
        throw Error{ErrorKind::Invalid, concat(word_for(part), " ", quote(text), ": number out of range 0-2147483647")};
    if (text.size() > 1 && text.front() == '0')
        throw Error{ErrorKind::Invalid, concat(word_for(part), " ", quote(text), ": number with leading zeros")};
    return static_cast<std::uint32_t>(*value);
}

/// A text that looks like an attempt at a number must not be taken for a name.
void check_name(std::string_view text, Part part) {
    const auto bad = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == ':' || c == ',' || c == '/'; };
    const bool hexadecimal = text.size() > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    if (text.empty() || text.front() == '-' || text.front() == '+' || hexadecimal || text.size() > 256 ||
        std::any_of(text.begin(), text.end(), bad))
        throw Error{ErrorKind::Invalid, concat("invalid ", word_for(part), " ", quote(text)),
                    "a name, a decimal number, or USER:GROUP of these"};
}

void check_grammar(std::string_view text, Part part) {
    if (all_digits(text))
        parse_id(text, part);
    else
        check_name(text, part);
}

struct Wanted {
    std::string_view user;
    std::optional<std::string_view> group;
};

/// Both parts are well-formed before either is looked up.
Wanted take_apart(std::string_view text) {
    const auto colon = text.find(':');
    Wanted wanted{text.substr(0, colon), std::nullopt};
    if (colon != std::string_view::npos) wanted.group = text.substr(colon + 1);
    check_grammar(wanted.user, Part::User);
    if (wanted.group) check_grammar(*wanted.group, Part::Group);
    return wanted;
}

/// Calls `visit` with the fields of each line until it gives true.
template <typename Visit>
void for_each_line(std::string_view file, Visit&& visit) {
    while (!file.empty()) {
        const auto end = file.find('\n');
        const auto line = file.substr(0, end);
        if (!line.empty() && line.front() != '#' && visit(split(line, ':'))) return;
        if (end == std::string_view::npos) return;
        file.remove_prefix(end + 1);
    }
}

std::uint32_t id_in_file(const std::string& field, std::string_view file, std::string_view entry) {
    const auto value = parse_uint(field);
    if (!value || *value > kHighestId)
        throw Error{ErrorKind::Corrupt, concat(file, " of the image: entry of ", quote(entry), ": invalid number ", quote(field))};
    return static_cast<std::uint32_t>(*value);
}

struct PasswdEntry {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
    std::string home;
};

PasswdEntry passwd_entry(const std::vector<std::string>& fields) {
    if (fields.size() < 6 || fields.size() > 7 || has_control_character(fields[5]) || has_control_character(fields[0]))
        throw Error{ErrorKind::Corrupt, concat("/etc/passwd of the image: malformed entry of ", quote(fields[0]))};
    return {fields[0], id_in_file(fields[2], "/etc/passwd", fields[0]), id_in_file(fields[3], "/etc/passwd", fields[0]),
            fields[5].empty() ? "/" : fields[5]};
}

template <typename Matches>
std::optional<PasswdEntry> find_passwd(std::string_view file, Matches&& matches) {
    std::optional<PasswdEntry> found;
    for_each_line(file, [&](const std::vector<std::string>& fields) {
        if (!matches(fields)) return false;
        found = passwd_entry(fields);
        return true;
    });
    return found;
}

std::optional<PasswdEntry> find_user(std::string_view passwd, std::string_view user) {
    if (!all_digits(user)) {
        auto entry = find_passwd(passwd, [&](const auto& fields) { return fields[0] == user; });
        if (!entry)
            throw Error{ErrorKind::NotFound, concat("user ", quote(user), ": no such user in /etc/passwd of the image")};
        return entry;
    }
    const auto uid = parse_id(user, Part::User);
    auto entry = find_passwd(passwd, [&](const auto& fields) { return fields.size() > 2 && parse_uint(fields[2]) == uid; });
    if (entry) return entry;
    return PasswdEntry{{}, uid, 0, "/"};
}

gid_t find_group(std::string_view group_file, std::string_view group) {
    if (all_digits(group)) return parse_id(group, Part::Group);
    std::optional<gid_t> found;
    for_each_line(group_file, [&](const std::vector<std::string>& fields) {
        if (fields[0] != group) return false;
        if (fields.size() < 3) throw Error{ErrorKind::Corrupt, concat("/etc/group of the image: malformed entry of ", quote(group))};
        found = id_in_file(fields[2], "/etc/group", group);
        return true;
    });
    if (!found) throw Error{ErrorKind::NotFound, concat("group ", quote(group), ": no such group in /etc/group of the image")};
    return *found;
}

void add_group(std::vector<gid_t>& groups, gid_t gid) {
    if (std::find(groups.begin(), groups.end(), gid) != groups.end()) return;
    if (groups.size() >= kHighestGroupCount) throw Error{ErrorKind::Invalid, "more than 65536 supplementary groups"};
    groups.push_back(gid);
}

std::vector<gid_t> groups_listing(std::string_view group_file, std::string_view user) {
    std::vector<gid_t> groups;
    for_each_line(group_file, [&](const std::vector<std::string>& fields) {
        if (fields.size() != 4) return false;
        const auto members = split(fields[3], ',');
        if (std::find(members.begin(), members.end(), user) != members.end())
            add_group(groups, id_in_file(fields[2], "/etc/group", fields[0]));
        return false;
    });
    return groups;
}

std::string read_account_file(int rootfs_fd, const char* path) {
    return in_context(concat("reading /", path, " of the image"),
                      [&] { return read_regular_in_root(rootfs_fd, path, kFileLimitBytes).value_or(""); });
}

}  // namespace

UserInfo look_up_user(std::string_view passwd, std::string_view group, std::string_view user,
                      const std::vector<std::string>& group_add) {
    const auto wanted = take_apart(user.empty() ? std::string_view{"0"} : user);
    const auto entry = find_user(passwd, wanted.user);

    UserInfo info{entry->uid, entry->gid, {}, entry->home, entry->name};
    if (wanted.group)
        info.gid = find_group(group, *wanted.group);
    else if (!info.name.empty())
        info.extra_gids = groups_listing(group, info.name);
    for (const auto& extra : group_add) check_grammar(extra, Part::Group);
    for (const auto& extra : group_add) add_group(info.extra_gids, find_group(group, extra));
    return info;
}

UserInfo look_up_user(int rootfs_fd, std::string_view user, const std::vector<std::string>& group_add) {
    return look_up_user(read_account_file(rootfs_fd, "etc/passwd"), read_account_file(rootfs_fd, "etc/group"), user, group_add);
}

}  // namespace skiff::image
