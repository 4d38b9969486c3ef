#include "image/containers_storage.h"

#include <fcntl.h>

#include <algorithm>

// Header-only, because the distribution's library is a shared one.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "image/config.h"
#include "storage/source.h"
#include "util/base64.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr std::size_t kRecordLimitBytes = 256U << 20;
constexpr std::size_t kSplitLineLimitBytes = 64U << 20;

struct StorePlace {
    std::string driver = "overlay";
    fs::path root = "/var/lib/containers/storage";
};

/// storage.conf, as far as it says where things are.
StorePlace configured_store(const std::map<std::string, std::string>& environment) {
    StorePlace place;
    std::vector<fs::path> files{"/etc/containers/storage.conf", "/usr/share/containers/storage.conf"};
    if (const auto named = environment.find("CONTAINERS_STORAGE_CONF"); named != environment.end()) files.insert(files.begin(), named->second);
    for (const auto& file : files) {
        if (!fs::exists(file)) continue;
        try {
            const auto table = toml::parse(read_file(file, kManifestLimitBytes), file.native());
            place.driver = table["storage"]["driver"].value_or(place.driver);
            place.root = table["storage"]["graphroot"].value_or(place.root.native());
        } catch (const toml::parse_error& error) {
            throw Error{ErrorKind::Corrupt, concat(file.native(), ": ", error.description())};
        }
        break;
    }
    return place;
}

/// What "DRIVER@ROOT+RUNROOT:OPTIONS" says instead.
StorePlace changed_by(StorePlace place, std::string_view said) {
    said = said.substr(0, said.find(':'));
    said = said.substr(0, said.find('+'));
    if (const auto at = said.find('@'); at != std::string_view::npos) {
        if (at > 0) place.driver = said.substr(0, at);
        said.remove_prefix(at + 1);
    }
    if (!said.empty()) place.root = said;
    return place;
}

struct TheirLayer {
    std::string id, parent;
    std::optional<Digest> diff_id;
    std::uint64_t size = 0;  ///< of the archive
};

/// The archive of one layer: its record's headers, and the files' content where the record says so.
class SplitSource : public storage::Source {
public:
    SplitSource(const fs::path& record, const fs::path& files, std::string name)
        : files_{open_directory(files)}, record_file_{open_at(AT_FDCWD, record, O_RDONLY), record.native()}, record_{storage::decompress(record_file_)}, name_{std::move(name)} {}

    std::size_t read(std::span<char> buffer) override {
        for (;;) {
            if (const auto got = read_piece(buffer)) return got;
            if (!next_piece()) return 0;
        }
    }

private:
    std::size_t read_piece(std::span<char> buffer) {
        if (used_ < segment_.size()) {
            const auto got = segment_.copy(buffer.data(), buffer.size(), used_);
            used_ += got;
            return got;
        }
        if (left_ == 0) return 0;
        const auto got = content_->read(buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left_))));
        if (got == 0) throw Error{ErrorKind::Corrupt, concat(name_, ": a file is shorter than it was")};
        left_ -= got;
        return got;
    }

    bool next_piece() {
        const auto text = line();
        if (!text) return false;
        const auto piece = parse_json(*text, name_);
        const auto payload = base64_decoded(string_or(piece, "payload"));
        if (!payload) throw Error{ErrorKind::Corrupt, concat(name_, ": its record is broken")};
        segment_.clear();
        used_ = 0;
        if (int_or(piece, "type") == 2) segment_ = *payload;
        else if (const auto size = int_or(piece, "size"); size > 0) open_file(piece, static_cast<std::uint64_t>(size));
        return true;
    }

    void open_file(const Json& piece, std::uint64_t size) {
        auto path = string_or(piece, "name");
        if (const auto raw = string_or(piece, "name_raw"); !raw.empty()) path = base64_decoded(raw).value_or("");
        content_ = std::make_unique<storage::FdSource>(open_in_root(files_.get(), path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), path);
        left_ = size;
    }

    /// One line of the record.
    std::optional<std::string> line() {
        for (;;) {
            if (const auto end = text_.find('\n'); end != std::string::npos) {
                auto whole = text_.substr(0, end);
                text_.erase(0, end + 1);
                return whole;
            }
            const auto before = text_.size();
            if (before > kSplitLineLimitBytes) throw Error{ErrorKind::Corrupt, concat(name_, ": its record has an endless line")};
            text_.resize(before + kReadBytes);
            const auto got = record_->read({text_.data() + before, kReadBytes});
            text_.resize(before + got);
            if (got == 0) return text_.empty() ? std::nullopt : std::optional{std::exchange(text_, {})};
        }
    }

    static constexpr std::size_t kReadBytes = 64U << 10;
    UniqueFd files_;
    storage::FdSource record_file_;
    std::unique_ptr<storage::Source> record_;
    std::string name_;
    std::string text_;     ///< of the record, not yet used
    std::string segment_;  ///< bytes of the archive as they are
    std::size_t used_ = 0;
    std::unique_ptr<storage::Source> content_;
    std::uint64_t left_ = 0;  ///< of the content
};

/// How the store calls the file of a "big datum": by its key, unless that has other than small letters, digits and dots.
std::string datum_name(const std::string& key) {
    const bool plain = std::all_of(key.begin(), key.end(), [](unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.'; });
    return plain ? key : concat("=", base64_encoded(key));
}

class OpenedStorage : public ContainersStorage {
public:
    explicit OpenedStorage(StorePlace place) : place_{std::move(place)} {
        if (place_.driver != "overlay" && place_.driver != "vfs")
            throw Error{ErrorKind::Unsupported, concat("podman's store with driver ", quote(place_.driver), " is not read"), "overlay and vfs are"};
        if (!fs::exists(file_of("images", "images.json")))
            throw Error{ErrorKind::NotFound, concat("no images of podman's below ", quote(place_.root.native()), " (driver ", place_.driver, ")")};
        for (const char* name : {"layers.json", "volatile-layers.json"}) read_layers(name);
    }

    OfferedImage offer(const std::string& name) const override {
        return in_context(concat("containers-storage:", name), [&] { return offer_record(find(name)); });
    }

private:
    fs::path file_of(const char* what, const std::string& name) const { return place_.root / concat(place_.driver, "-", what) / name; }

    void read_layers(const char* name) {
        const auto text = read_file_if_exists_at(AT_FDCWD, file_of("layers", name), kRecordLimitBytes);
        if (!text) return;
        for (const auto& layer : parse_json(*text, name))
            layers_.push_back({string_or(layer, "id"), string_or(layer, "parent"), Digest::try_parse(string_or(layer, "diff-digest")), static_cast<std::uint64_t>(int_or(layer, "diff-size"))});
    }

    Json find(const std::string& name) const {
        const auto images = parse_json(read_file(file_of("images", "images.json"), kRecordLimitBytes), "images.json");
        for (const auto& wanted : candidates(name))
            for (const auto& image : images)
                if (const auto names = strings_or_empty(image, "names"); std::find(names.begin(), names.end(), wanted) != names.end()) return image;
        const auto prefix = as_id_prefix(name);
        const Json* found = nullptr;
        for (const auto& image : images) {
            if (!prefix || !string_or(image, "id").starts_with(*prefix)) continue;
            if (found != nullptr) throw Error{ErrorKind::Ambiguous, "more than one image matches"};
            found = &image;
        }
        if (found == nullptr) throw Error{ErrorKind::NotFound, concat("no such image below ", quote(place_.root.native()))};
        return *found;
    }

    static std::vector<std::string> candidates(const std::string& name) {
        std::vector<std::string> names;
        if (const auto reference = try_parse_reference(name))
            for (const auto& candidate : local_candidates(*reference)) names.push_back(candidate.text());
        return names;
    }

    OfferedImage offer_record(const Json& record) const {
        const auto id = string_or(record, "id");
        const auto datum = [&](const std::string& key, std::size_t limit) { return read_file(file_of("images", id) / datum_name(key), limit); };
        const auto stored = parse_manifest(datum("manifest", kManifestLimitBytes), "", "manifest");
        auto config = datum(stored.config.digest.text(), kConfigLimitBytes);
        verify_content(config, stored.config, "config");
        const auto chain = chain_of(string_or(record, "layer"), stored.layers.size());
        Manifest manifest{std::string{media::kOciManifest}, {std::string{media::kOciConfig}, stored.config.digest, config.size(), {}, {}, {}}, {}, stored.annotations};
        for (const auto* layer : chain) manifest.layers.push_back({std::string{media::kOciLayer}, *layer->diff_id, layer->size, {}, {}, {}});
        auto image = make_offer(write_manifest(manifest), manifest.media_type, std::move(config), concat("containers-storage:", id.substr(0, 12)), {});
        for (std::size_t i = 0; i < chain.size(); ++i) image.layers[i].open = [this, layer = chain[i]] { return open_layer(*layer); };
        for (const auto& name : strings_or_empty(record, "names"))
            if (auto reference = try_parse_reference(name); reference && !reference->digest) image.names.push_back(std::move(*reference));
        return image;
    }

    /// Bottom first.
    std::vector<const TheirLayer*> chain_of(std::string top, std::size_t count) const {
        std::vector<const TheirLayer*> chain;
        while (!top.empty() && chain.size() <= count) {
            const auto layer = std::find_if(layers_.begin(), layers_.end(), [&](const TheirLayer& other) { return other.id == top; });
            if (layer == layers_.end() || !layer->diff_id) throw Error{ErrorKind::Corrupt, concat("layer ", quote(top), " is not in the store")};
            chain.push_back(&*layer);
            top = layer->parent;
        }
        if (chain.size() != count) throw Error{ErrorKind::Corrupt, concat("it has ", chain.size(), " layers, its manifest ", count)};
        std::reverse(chain.begin(), chain.end());
        return chain;
    }

    std::unique_ptr<storage::Source> open_layer(const TheirLayer& layer) const {
        const auto files = place_.driver == "vfs" ? place_.root / "vfs" / "dir" / layer.id : place_.root / "overlay" / layer.id / "diff";
        return std::make_unique<SplitSource>(file_of("layers", concat(layer.id, ".tar-split.gz")), files, concat("layer ", layer.id.substr(0, 12)));
    }

    StorePlace place_;
    std::vector<TheirLayer> layers_;
};

}  // namespace

std::string complete_store(std::string_view said, const std::map<std::string, std::string>& environment) {
    const auto place = changed_by(configured_store(environment), said);
    return concat(place.driver, "@", place.root.native());
}

std::unique_ptr<ContainersStorage> open_containers_storage(std::string_view store) { return std::make_unique<OpenedStorage>(changed_by({}, store)); }

}  // namespace skiff::image
