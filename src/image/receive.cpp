#include "image/receive.h"

#include <atomic>
#include <deque>
#include <exception>
#include <system_error>
#include <thread>

#include "image/config_change.h"
#include "image/leftover_guard.h"
#include "storage/layer_pending.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/log.h"
#include "util/sha256.h"
#include "util/side_by_side.h"
#include "util/text.h"

namespace skiff::image {
namespace {

/// A blob's bytes, counted and hashed on the way. Where they are not compressed, their digest is the diff ID, which is
/// verified anyway.
class BlobSource : public storage::Source {
public:
    BlobSource(std::unique_ptr<storage::Source> raw, const OfferedLayer& layer, bool verified, const std::atomic<bool>& abandoned)
        : raw_{std::move(raw)}, blob_{layer.blob}, name_{concat("blob ", layer.blob.digest.text())}, abandoned_{abandoned} {
        if (!verified && blob_.digest != layer.diff_id) hasher_.emplace(blob_.digest.algorithm());
    }

    std::size_t read(std::span<char> buffer) override {
        if (abandoned_) throw Error{ErrorKind::System, concat(name_, ": given up")};
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
    const std::atomic<bool>& abandoned_;
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

/// The layers of one image on their way into the store: some are unpacked side by side, each becomes visible after the one below.
class LayerQueue {
public:
    LayerQueue(const ImageStore& store, const OfferedImage& image, const ReceiveOptions& options)
        : store_{store}, image_{image}, options_{options}, at_once_{options.may_dlopen ? threads_at_hand(kUnpackedAtOnce) : 1} {}
    LayerQueue(const LayerQueue&) = delete;
    LayerQueue& operator=(const LayerQueue&) = delete;
    /// What is still being unpacked is given up.
    ~LayerQueue() {
        abandoned_ = true;
        for (auto& work : works_)
            if (work->thread.joinable()) work->thread.join();
    }

    std::vector<storage::LeasedLayer> take_in() {
        try {
            for (std::size_t i = 0; i < image_.layers.size(); ++i) {
                in_context(position(i), [&] { begin(image_.layers[i]); });
                while (works_.size() >= at_once_) finish_first();
            }
            while (!works_.empty()) finish_first();
        } catch (const Error& error) {
            abandoned_ = true;
            if (image_.abandon) image_.abandon(error.kind() == ErrorKind::Corrupt);
            throw;
        }
        return std::move(held_);
    }

private:
    static constexpr unsigned kUnpackedAtOnce = 4;

    struct Work {
        explicit Work(const OfferedLayer& what) : layer{what} {}
        const OfferedLayer& layer;
        BlobSource* opened = nullptr;
        std::optional<storage::PendingLayer> pending;
        std::thread thread;
        std::exception_ptr failure;  ///< read after the thread has ended

        void unpack() noexcept {
            try {
                pending->unpack();
            } catch (...) {
                failure = std::current_exception();
            }
        }
    };

    std::string position(std::size_t layer) const { return concat(image_.shown, ": layer ", layer + 1, " of ", image_.layers.size()); }

    storage::LayerRequest request_for(Work& work) const {
        storage::LayerRequest request;
        request.parent = parent_;
        request.expected_diff_id = work.layer.diff_id;
        if (image_.kept_by_source && work.layer.blob.digest.is_sha256()) request.blob = work.layer.blob.digest;
        request.source.may_dlopen = options_.may_dlopen;
        request.before_publish = [&work] { work.opened->verify(); };
        return request;
    }

    std::unique_ptr<storage::Source> open(Work& work) const {
        auto source = std::make_unique<BlobSource>(work.layer.open(), work.layer, image_.kept_by_source, abandoned_);
        work.opened = source.get();
        return source;
    }

    void begin(const OfferedLayer& layer) {
        auto& work = *works_.emplace_back(std::make_unique<Work>(layer));
        work.pending = storage::begin_layer(store_.root(), store_.db(), request_for(work), [this, &work] { return open(work); });
        parent_ = storage::chain_id_of(parent_, layer.diff_id);
        if (at_once_ > 1 && !work.pending->present()) begin_thread(work);
    }

    /// Where there can be no further thread, the layer is unpacked when it is finished.
    static void begin_thread(Work& work) {
        try {
            work.thread = std::thread{[&work] { work.unpack(); }};
        } catch (const std::system_error& error) {
            log::debug(concat("unpacking without a thread: ", error.what()));
        }
    }

    void finish_first() {
        auto& work = *works_.front();
        in_context(position(held_.size()), [&] { held_.push_back(finished(work)); });
        report(options_, "Copying blob", work.layer.blob.digest, held_.back().unpacked ? "done" : "already exists");
        works_.pop_front();
    }

    storage::LeasedLayer finished(Work& work) const {
        try {
            if (work.thread.joinable()) work.thread.join();
            else if (!work.pending->present()) work.unpack();
            if (work.failure) std::rethrow_exception(work.failure);
            return storage::finish_layer(store_.root(), store_.db(), std::move(*work.pending));
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::Corrupt) throw_if_not_as_promised(work.layer);
            throw;
        }
    }

    const ImageStore& store_;
    const OfferedImage& image_;
    const ReceiveOptions& options_;
    std::size_t at_once_;
    std::optional<Digest> parent_;
    std::atomic<bool> abandoned_{false};
    std::deque<std::unique_ptr<Work>> works_;
    std::vector<storage::LeasedLayer> held_;
};

}  // namespace

ImageRecord receive_image(const ImageStore& store, const OfferedImage& image, const ReceiveOptions& options) {
    LeftoverGuard guard{store.layers()};
    if (image.kept_by_source) guard.keep();
    if (image.prepare) image.prepare(first_missing(store, image));
    const auto held = LayerQueue{store, image, options}.take_in();
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
