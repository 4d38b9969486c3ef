#include "cli/volume_row.h"

#include <regex.h>

#include <algorithm>
#include <memory>

#include "libpod/runtime.h"
#include "state/database.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

using libpod::VolumeRow;

/// How often it is mounted: a directory that needs no mount never is.
int mounts_of(const libpod::Runtime& runtime, const VolumeRow& row) {
    if (!row.mounted) return 0;
    auto query = runtime.db().prepare(
        "SELECT count(*) FROM volume_use u JOIN container_state s ON s.id = u.container_id WHERE u.volume = ? AND s.state IN "
        "('created', 'running', 'paused', 'stopping')");
    query.bind(row.name);
    query.step();
    return row.mount_count + static_cast<int>(query.integer(0));
}

OrderedJson words_of_volume(const std::map<std::string, std::string>& map) {
    OrderedJson json = OrderedJson::object();
    for (const auto& [key, value] : map) json[key] = value;
    return json;
}

bool filter_bool(const std::string& key, const std::string& value) {
    if (value == "true" || value == "1" || value == "t") return true;
    if (value == "false" || value == "0" || value == "f") return false;
    throw Error{ErrorKind::Invalid, concat("filter ", key, "=", quote(value), ": true or false is wanted")};
}

UnixNanos filter_time(const std::string& key, const std::string& value) {
    const auto when = parse_time_or_ago(value, now_nanos());
    if (!when) throw Error{ErrorKind::Invalid, concat("filter ", key, "=", quote(value), ": not a time, a date or a duration")};
    return *when;
}

bool has_word(const std::map<std::string, std::string>& map, const std::string& wanted) {
    const auto pair = split_once(wanted, '=');
    const auto found = map.find(pair ? pair->first : wanted);
    return found != map.end() && (!pair || found->second == pair->second);
}

std::function<bool(const VolumeRow&)> name_test(const std::string& pattern) {
    const std::shared_ptr<regex_t> compiled{new regex_t{}, [](regex_t* regex) {
                                                ::regfree(regex);
                                                delete regex;
                                            }};
    if (::regcomp(compiled.get(), pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
        throw Error{ErrorKind::Invalid, concat("filter name=", quote(pattern), ": not a regular expression")};
    }
    return [compiled](const VolumeRow& row) { return ::regexec(compiled.get(), row.name.c_str(), 0, nullptr, 0) == 0; };
}

}  // namespace

OrderedJson volume_json(const libpod::Runtime& runtime, const VolumeRow& row) {
    OrderedJson json;
    json["Name"] = row.name;
    json["Driver"] = row.driver;
    json["Mountpoint"] = libpod::volume_path(runtime, row.name).string();
    json["CreatedAt"] = rfc3339(row.created_at);
    json["Labels"] = words_of_volume(row.config.labels);
    json["Scope"] = "local";
    json["Options"] = words_of_volume(row.config.options);
    if (row.config.uid.value_or(0) != 0) json["UID"] = *row.config.uid;
    if (row.config.gid.value_or(0) != 0) json["GID"] = *row.config.gid;
    if (row.anonymous) json["Anonymous"] = true;
    json["MountCount"] = mounts_of(runtime, row);
    if (row.copy != libpod::CopyState::Over && row.config.copy) json["NeedsCopyUp"] = true;
    if (row.owner_due) json["NeedsChown"] = true;
    return json;
}

VolumeFilter::VolumeFilter(const libpod::Runtime& runtime, const std::vector<std::string>& filters) {
    for (const auto& filter : filters) {
        const auto pair = split_once(filter, '=');
        if (!pair) throw Error{ErrorKind::Invalid, concat("filter ", quote(filter), " is not KEY=VALUE")};
        add(runtime, pair->first, pair->second);
    }
}

void VolumeFilter::add(const libpod::Runtime& runtime, const std::string& key, const std::string& value) {
    const auto test = [&](Test one) { tests_[key].push_back(std::move(one)); };
    if (key == "all") all_ = filter_bool(key, value);
    else if (key == "name") test(name_test(value));
    else if (key == "driver") test([value](const VolumeRow& row) { return row.driver == value; });
    else if (key == "scope") test([value](const VolumeRow&) { return value == "local"; });
    else if (key == "label") test([value](const VolumeRow& row) { return has_word(row.config.labels, value); });
    else if (key == "label!") test([value](const VolumeRow& row) { return !has_word(row.config.labels, value); });
    else if (key == "opt") test([value](const VolumeRow& row) { return has_word(row.config.options, value); });
    else if (key == "anonymous") test([wanted = filter_bool(key, value)](const VolumeRow& row) { return row.anonymous == wanted; });
    else if (key == "until") test([at = filter_time(key, value)](const VolumeRow& row) { return row.created_at < at; });
    else if (key == "unused-for") test([at = filter_time(key, value)](const VolumeRow& row) { return row.used_at < at; });
    else if (key == "after" || key == "since") test([at = libpod::find_volume(runtime, value).created_at](const VolumeRow& row) { return row.created_at > at; });
    else if (key == "dangling") {
        const auto used = std::make_shared<std::map<std::string, int>>(libpod::volume_user_counts(runtime.db()));
        test([used, wanted = filter_bool(key, value)](const VolumeRow& row) { return used->contains(row.name) != wanted; });
    } else {
        throw Error{ErrorKind::Invalid, concat("unknown filter ", quote(key)),
                    "after, all, anonymous, dangling, driver, label, label!, name, opt, scope, since, until or unused-for"};
    }
}

bool VolumeFilter::matches(const VolumeRow& row) const {
    return std::all_of(tests_.begin(), tests_.end(), [&](const auto& entry) {
        const auto holds = [&](const Test& test) { return test(row); };
        const auto& tests = entry.second;
        return entry.first.starts_with("label") ? std::all_of(tests.begin(), tests.end(), holds) : std::any_of(tests.begin(), tests.end(), holds);
    });
}

}  // namespace skiff::cli
