#include "libpod/volume/request.h"

#include <sys/stat.h>

#include "image/image_store.h"
#include "libpod/parse/refuse.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr std::string_view kKeys = "type, device, o, uid, gid, size, inodes, noquota, copy or nocopy";

uid_t id_value(std::string_view key, std::string_view value) {
    const auto number = parse_uint(value);
    if (!number || *number > 0xfffffffeU) refuse(concat("volume option ", key), value, "is no ID");
    return static_cast<uid_t>(*number);
}

std::uint64_t size_value(std::string_view key, std::string_view value) {
    const auto bytes = key == "inodes" ? parse_int(value) : parse_size(value);
    if (!bytes || *bytes < 0) refuse(concat("volume option ", key), value, key == "inodes" ? "is no number" : "is no size");
    return static_cast<std::uint64_t>(*bytes);
}

/// Options of the local driver, one after the other.
class LocalOptions {
public:
    explicit LocalOptions(VolumeRow& row) : row_{row} {}

    void add(const std::string& key, const std::string& value) {
        const std::string word = lower(key);
        if (word == "o") return add_list(value);
        if (word == "type" || word == "device") keep(word, value);
        else if (!add_plain(word, value)) refuse("volume option", key, "is not known to the local driver", kKeys);
    }

    void finish() {
        auto& options = row_.config.options;
        const std::string type = options.contains("type") ? options["type"] : "", device = options.contains("device") ? options["device"] : "";
        row_.mounted = !type.empty() || !device.empty();
        if (!mount_words_.empty() && !row_.mounted) refuse("volume option o", join(mount_words_, ","), "is for a mount", "type= or device= besides");
        if (row_.mounted) check_mount(type, device);
        if (!quota_) row_.config.size_bytes = row_.config.inodes = 0;
    }

private:
    void keep(const std::string& key, const std::string& value) { row_.config.options[key] = value; }

    /// What -o o= holds beside the words of mount(8) is told apart by itself; all of it stays in "o".
    void add_list(const std::string& value) {
        keep("o", value);
        for (const auto& word : split(value, ',')) {
            const auto pair = split_once(word, '=');
            const bool ours = add_plain(lower(pair ? pair->first : word), pair ? pair->second : "");
            if (!ours) mount_words_.push_back(word);
        }
    }

    bool add_plain(const std::string& key, const std::string& value) {
        auto& config = row_.config;
        if (key == "uid") config.uid = id_value(key, value);
        else if (key == "gid") config.gid = id_value(key, value);
        else if (key == "size") config.size_bytes = size_value(key, value);
        else if (key == "inodes") config.inodes = size_value(key, value);
        else if (key == "noquota") quota_ = false;
        else if (key == "nocopy") config.copy = false;
        else if (key == "copy") config.copy = true;
        else return false;
        const bool has_value = key == "uid" || key == "gid" || key == "size" || key == "inodes";
        keep(has_value ? upper(key) : key, value);
        return true;
    }

    static std::string upper(std::string word) {
        for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        return word;
    }

    /// The file system of a mount has owners and limits of its own, which its words say.
    void check_mount(const std::string& type, const std::string& device) {
        const bool tmpfs = type == "tmpfs" || type == "ramfs";
        if (device.starts_with('-')) refuse("volume option device", device, "begins with a dash");
        if (device.empty() && !tmpfs) refuse("volume option type", type, "needs a device", "device=…");
        auto& config = row_.config;
        if ((config.size_bytes != 0 || config.inodes != 0) && !tmpfs) {
            throw Error{ErrorKind::Unsupported, concat("volume options size and inodes do not go with type ", quote(type)), "limit the device itself"};
        }
        config.size_bytes = config.inodes = 0;
        row_.owner_due = false;
        const auto words = split(config.options.contains("o") ? config.options["o"] : "", ',');
        const bool bind = type == "bind" || std::find(words.begin(), words.end(), "bind") != words.end() || std::find(words.begin(), words.end(), "rbind") != words.end();
        struct stat status {};
        if (bind && ::stat(device.c_str(), &status) != 0) throw SystemError{errno, concat("volume option device ", quote(device))};
    }

    VolumeRow& row_;
    std::vector<std::string> mount_words_;
    bool quota_ = true;
};

void take_image_options(const Runtime& runtime, const VolumeRequest& request, VolumeRow& row) {
    for (const auto& [key, value] : request.options) {
        if (key != "image") refuse("volume option", key, "is not known to the image driver", "image=IMAGE");
        row.image_id = runtime.images().find(value).id;
        row.config.options[key] = value;
    }
    if (row.image_id.empty()) throw Error{ErrorKind::Invalid, "a volume of driver image needs an image", "-o image=IMAGE"};
    row.mounted = true;
    row.owner_due = false;
    row.config.copy = false;
}

}  // namespace

VolumeRow row_of_request(const Runtime& runtime, const VolumeRequest& request) {
    VolumeRow row;
    row.name = request.name;
    row.driver = request.driver.empty() ? "local" : request.driver;
    row.config.labels = request.labels;
    if (row.driver == "image") {
        take_image_options(runtime, request, row);
        return row;
    }
    if (row.driver != "local") {
        throw Error{ErrorKind::Unsupported, concat("volume driver ", quote(row.driver), ": plugins are not supported by this version"), "local or image"};
    }
    LocalOptions options{row};
    for (const auto& [key, value] : request.options) options.add(key, value);
    options.finish();
    if (request.uid) row.config.uid = request.uid;
    if (request.gid) row.config.gid = request.gid;
    if (row.config.uid || row.config.gid) row.owner_due = false;
    return row;
}

}  // namespace skiff::libpod
