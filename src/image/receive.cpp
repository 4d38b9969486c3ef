#include "image/receive.h"

#include "image/config_change.h"
#include "image/leftover_guard.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/sha256.h"
#include "util/text.h"

namespace skiff::image {
namespace {

/// A blob's bytes, counted and hashed on the way. Where they are not compressed, their digest is the diff ID, which is
/// verified anyway.
class BlobSource : public storage::Source {
public:
    BlobSource(std::unique_ptr<storage::Source> raw, const OfferedLayer& layer, bool verified)
        : raw_{std::move(raw)}, blob_{layer.blob}, name_{concat("blob ", layer.blob.digest.text())} {
        if (!verified && blob_.digest != layer.diff_id) hasher_.emplace(blob_.digest.algorithm());
    }

    std::size_t read(std::span<char> buffer) override {
        const auto got = raw_->read(buffer);
        bytes_ += got;
        if (bytes_ > blob_.size) throw Error{ErrorKind::Corrupt, concat(name_, ": has more than the ", blob_.size, " bytes it should have")};
        if (hasher_) hasher_->update({buffer.data(), got});
        return got;
    }

    void verify() {
        storage::drain(*this);
        storage::require_size(blob_.size, bytes_, name_);
        if (hasher_) storage::require_digest(blob_.digest, Digest::parse(concat(blob_.digest.algorithm(), ":", hasher_->finish_hex())), name_);
    }

private:
    std::unique_ptr<storage::Source> raw_;
    Descriptor blob_;
    std::string name_;
    std::optional<Hasher> hasher_;
    std::uint64_t bytes_ = 0;
};

void report(const ReceiveOptions& options, std::string_view what, const Digest& digest, std::string_view outcome) {
    if (options.report) options.report(concat(what, " ", digest.text().substr(0, 19), ": ", outcome));
}

/// Damage usually breaks the tar format before the digest can be compared; that the bytes are not the ones that were
/// promised is the better reason.
void throw_if_not_as_promised(const OfferedLayer& layer) {
    const auto name = concat("blob ", layer.blob.digest.text());
    const auto source = layer.open();
    storage::HashingSource hashing{*source, layer.blob.digest.algorithm()};
    storage::drain(hashing);
    storage::require_size(layer.blob.size, hashing.bytes(), name);
    storage::require_digest(layer.blob.digest, hashing.digest(), name);
}

storage::LeasedLayer unpack(const ImageStore& store, const OfferedLayer& layer, const std::optional<Digest>& parent, bool kept, const ReceiveOptions& options) {
    BlobSource* opened = nullptr;
    storage::LayerRequest request;
    request.parent = parent;
    request.expected_diff_id = layer.diff_id;
    if (kept && layer.blob.digest.is_sha256()) request.blob = layer.blob.digest;
    request.source.may_dlopen = options.may_dlopen;
    request.before_publish = [&] {
        if (opened != nullptr) opened->verify();
    };
    try {
        return store.layers().apply(request, [&]() -> std::unique_ptr<storage::Source> {
            auto source = std::make_unique<BlobSource>(layer.open(), layer, kept);
            opened = source.get();
            return source;
        });
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::Corrupt) throw_if_not_as_promised(layer);
        throw;
    }
}

NewImage new_image(const OfferedImage& image) { return {image.manifest_type, image.manifest, image.config, image.names, image.index_digest}; }

/// Plain tar bytes of what is imported, counted.
class ImportSource : public storage::Source {
public:
    ImportSource(storage::Source& plain, std::uint64_t& count, const std::string& shown) : plain_{plain}, count_{count}, shown_{shown} {}

    std::size_t read(std::span<char> buffer) override {
        const auto got = plain_.read(buffer);
        if (count_ == 0 && got == 0) throw Error{ErrorKind::Corrupt, concat(shown_, ": empty")};
        if (count_ == 0 && storage::detect_compression({buffer.data(), got}) != storage::Compression::None)
            throw Error{ErrorKind::Corrupt, concat(shown_, ": compressed twice")};
        count_ += got;
        return got;
    }

private:
    storage::Source& plain_;
    std::uint64_t& count_;
    const std::string& shown_;
};

ImageConfig imported_config(const ImportOptions& import, const Digest& diff_id) {
    ImageConfig config;
    config.created = now_nanos();
    config.platform = import.platform;
    for (const auto& change : import.changes) apply_change(config, change);
    config.diff_ids.push_back(diff_id);
    config.history.push_back({config.created, concat("/bin/sh -c #(nop) ADD file:", diff_id.hex(), " in /"), "", import.message, false});
    return config;
}

NewImage imported_image(const ImportOptions& import, const Digest& diff_id, std::uint64_t tar_bytes) {
    const auto config = write_config(imported_config(import, diff_id));
    const Manifest manifest{std::string{media::kOciManifest},
                            {std::string{media::kOciConfig}, Digest::of(config), config.size(), {}, {}, {}},
                            {{std::string{media::kOciLayer}, diff_id, tar_bytes, {}, {}, {}}},
                            {}};
    return {manifest.media_type, write_manifest(manifest), config, import.names, {}};
}

/// The position of the first layer that the store lacks.
std::size_t first_missing(const ImageStore& store, const OfferedImage& image) {
    std::optional<Digest> chain;
    for (std::size_t i = 0; i < image.layers.size(); ++i) {
        chain = storage::chain_id_of(chain, image.layers[i].diff_id);
        if (!store.layers().lease(*chain)) return i;
    }
    return image.layers.size();
}

}  // namespace

ImageRecord receive_image(const ImageStore& store, const OfferedImage& image, const ReceiveOptions& options) {
    LeftoverGuard guard{store.layers()};
    if (image.kept_by_source) guard.keep();
    if (image.prepare) image.prepare(first_missing(store, image));
    std::vector<storage::LeasedLayer> held;
    std::optional<Digest> parent;
    for (std::size_t i = 0; i < image.layers.size(); ++i) {
        const auto& layer = image.layers[i];
        held.push_back(in_context(concat(image.shown, ": layer ", i + 1, " of ", image.layers.size()), [&] { return unpack(store, layer, parent, image.kept_by_source, options); }));
        report(options, "Copying blob", layer.blob.digest, held.back().unpacked ? "done" : "already exists");
        parent = held.back().layer.chain_id;
    }
    fault_point("image:add");
    auto record = in_context(image.shown, [&] { return store.add(new_image(image)); });
    guard.done();
    report(options, "Copying config", Digest::sha256(record.id), "done");
    return record;
}

ImageRecord import_rootfs(const ImageStore& store, storage::Source& tar, const ImportOptions& import, const ReceiveOptions& options) {
    imported_config(import, Digest::of(""));  // a wrong --change is found before a long unpacking
    LeftoverGuard guard{store.layers()};
    std::uint64_t tar_bytes = 0;
    const auto plain = storage::decompress(tar, {.may_dlopen = options.may_dlopen});
    storage::LayerRequest request;
    const auto leased = in_context(import.shown, [&] {
        return store.layers().apply(request, [&] { return std::make_unique<ImportSource>(*plain, tar_bytes, import.shown); });
    });
    fault_point("image:add");
    auto record = store.add(imported_image(import, leased.layer.diff_id, tar_bytes));
    guard.done();
    return record;
}

}  // namespace skiff::image
