#include "image/outgoing.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "image/kept_archive.h"
#include "storage/blob_store.h"
#include "storage/compress.h"
#include "storage/zstd_chunked.h"
#include "util/error.h"
#include "util/files.h"
#include "util/log.h"
#include "util/sha256.h"
#include "util/side_by_side.h"
#include "util/text.h"

namespace skiff::image {
namespace {

using storage::Compression;
using SourceOpener = std::function<std::unique_ptr<storage::Source>()>;

std::unique_ptr<storage::Source> open_file(const UniqueFd& file, std::uint64_t size, const std::string& name) {
    return std::make_unique<storage::FileRangeSource>(file.get(), 0, size, name);
}

/// An archive inflated, its diff ID checked when it ends. Owns the chain of sources.
class PlainSource : public storage::Source {
public:
    PlainSource(std::unique_ptr<storage::Source> blob, Digest diff_id, bool may_dlopen)
        : blob_{std::move(blob)}, inflated_{storage::decompress(*blob_, {.may_dlopen = may_dlopen})}, hashing_{*inflated_, diff_id.algorithm()}, diff_id_{std::move(diff_id)} {}

    std::size_t read(std::span<char> buffer) override {
        if (ended_) return 0;
        const auto got = hashing_.read(buffer);
        if (got == 0) {
            ended_ = true;
            storage::require_digest(diff_id_, hashing_.digest(), "layer");
        }
        return got;
    }

private:
    std::unique_ptr<storage::Source> blob_;
    std::unique_ptr<storage::Source> inflated_;
    storage::HashingSource hashing_;
    Digest diff_id_;
    bool ended_ = false;
};

/// The kept archive of one layer.
struct Kept {
    storage::BlobInfo info;
    std::shared_ptr<UniqueFd> file;
    Compression compression = Compression::None;
    bool as_promised = false;  ///< it is the blob that the manifest names
};

Compression compression_of(const UniqueFd& file) {
    std::array<char, 6> head{};
    const auto got = ::pread(file.get(), head.data(), head.size(), 0);
    return storage::detect_compression({head.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))});
}

Kept kept_layer(const storage::BlobStore& blobs, const storage::Layer& layer, const Descriptor& promised) {
    auto info = blobs.find(promised.digest);
    const bool as_promised = info.has_value();
    if (!info && layer.blob) info = blobs.find(*layer.blob);
    if (!info)
        throw Error{ErrorKind::NotFound, concat("layer ", layer.diff_id.text(), ": the archive that it came from is not in the store"),
                    "remove the image, then pull or load it again"};
    auto file = std::make_shared<UniqueFd>(blobs.open(info->digest));
    const auto compression = compression_of(*file);
    return {*info, std::move(file), compression, as_promised};
}

std::string layer_type(ManifestFormat format, Compression compression) {
    const bool docker = format == ManifestFormat::Docker;
    const auto base = docker ? media::kDockerLayer : media::kOciLayer;
    if (compression == Compression::None) return std::string{base};
    return concat(base, docker ? "." : "+", compression_name(compression));
}

struct Compressed {
    std::shared_ptr<UniqueFd> file;
    Digest digest;
    std::uint64_t size = 0;
    storage::ChunkedAnnotations annotations;
};

/// Bytes on their way into a file, counted and hashed.
class CompressedFile {
public:
    explicit CompressedFile(const fs::path& root) {
        const storage::StagingEntry staging{root, "outgoing"};
        file_ = std::make_shared<UniqueFd>(open_at(staging.fd(), "layer", O_RDWR | O_CREAT | O_EXCL, 0600));
    }
    storage::ByteSink sink() {
        return [this](std::string_view bytes) {
            write_all(file_->get(), bytes, "compressed layer");
            hasher_.update(bytes);
            size_ += bytes.size();
        };
    }
    /// The file has no name any more, only its descriptor: a table of contents fits one push, so it is not kept.
    Compressed finish(storage::ChunkedAnnotations annotations) { return {file_, Digest::sha256(hasher_.finish_hex()), size_, std::move(annotations)}; }

private:
    std::shared_ptr<UniqueFd> file_;
    Hasher hasher_;
    std::uint64_t size_ = 0;
};

void remove_chunked(std::map<std::string, std::string>& annotations) {
    for (const char* key : {storage::kChunkedTableDigest, storage::kChunkedTablePosition, storage::kChunkedSplitPosition}) annotations.erase(key);
}

class Builder {
public:
    Builder(const ImageStore& store, const ImageRecord& record, const OutgoingOptions& options)
        : store_{store}, record_{record}, options_{options}, blobs_{store.root(), store.db()}, manifest_{parse_manifest(record.manifest, record.manifest_type, "manifest")},
          own_format_{manifest_.media_type == media::kDockerManifest ? ManifestFormat::Docker : ManifestFormat::Oci},
          // Docker's format has no layers in zstd.
          format_{options.format.value_or(options.compression == Compression::Zstd ? ManifestFormat::Oci : own_format_)} {}

    OutgoingImage build(bool plain) {
        if (!plain) sweep();
        OutgoingImage image{record_.manifest, record_.manifest_type, manifest_.config, record_.config, {}};
        auto chain = record_.top_layer ? store_.layers().chain(*record_.top_layer) : std::vector<storage::Layer>{};
        std::reverse(chain.begin(), chain.end());
        bool changed = format_ != own_format_;
        for (std::size_t i = 0; i < chain.size(); ++i)
            changed |= in_context(concat("layer ", i + 1, " of ", chain.size()), [&] { return add_layer(image, chain[i], manifest_.layers.at(i), plain); });
        compress_all(image);
        if (changed && !plain) write_anew(image);
        return image;
    }

private:
    static constexpr unsigned kCompressedAtOnce = 8, kSentAtOnce = 4;

    /// What an interrupted push has left: unfinished archives, and those that another took the place of.
    void sweep() const {
        storage::sweep_staging(store_.root());
        blobs_.sweep();
    }

    /// True when the layer goes out otherwise than the manifest says.
    bool add_layer(OutgoingImage& image, const storage::Layer& layer, const Descriptor& promised, bool plain) {
        const auto kept = kept_layer(blobs_, layer, promised);
        const auto open_kept = [kept] { return open_file(*kept.file, kept.info.size, kept.info.digest.text()); };
        const SourceOpener open_plain = [open_kept, diff_id = layer.diff_id, dlopen = options_.may_dlopen] { return std::make_unique<PlainSource>(open_kept(), diff_id, dlopen); };
        if (plain || (kept.as_promised && !has_to_change(kept, promised))) {
            image.layers.push_back({promised, layer.diff_id, open_kept, open_plain});
            return false;
        }
        const auto wanted = wanted_compression();
        auto blob = promised;
        blob.media_type = layer_type(format_, wanted);
        remove_chunked(blob.annotations);
        if (kept.compression == wanted && !options_.chunked) {
            blob.digest = kept.info.digest;
            blob.size = kept.info.size;
            image.layers.push_back({blob, layer.diff_id, open_kept, open_plain});
            return true;
        }
        to_compress_.push_back({image.layers.size(), layer});
        image.layers.push_back({blob, layer.diff_id, {}, open_plain});
        return true;
    }

    void compress_all(OutgoingImage& image) {
        // While one waits for a network, another can compress.
        const auto threads = !options_.may_dlopen ? 1 : options_.ready ? kSentAtOnce : threads_at_hand(kCompressedAtOnce);
        side_by_side(to_compress_.size(), threads, [&](std::size_t item, unsigned) {
            const Work& work = to_compress_[item];
            const std::size_t position = work.position;
            auto& layer = image.layers[position];
            const auto made = in_context(concat("layer ", position + 1, " of ", image.layers.size()), [&] { return compress(work.stored, layer.open_plain, wanted_compression()); });
            layer.blob.annotations.insert(made.annotations.begin(), made.annotations.end());
            layer.blob.digest = made.digest;
            layer.blob.size = made.size;
            layer.open = [made] { return open_file(*made.file, made.size, made.digest.text()); };
            if (options_.ready) options_.ready(layer);
        });
    }

    Compression wanted_compression() const { return options_.compression.value_or(Compression::Gzip); }

    bool has_to_change(const Kept& kept, const Descriptor& promised) const {
        if (options_.force_compression) return kept.compression != wanted_compression() || (options_.chunked && !promised.annotations.contains(storage::kChunkedTableDigest));
        return format_ == ManifestFormat::Docker && kept.compression == Compression::Zstd;  // docker's format knows gzip only
    }

    Compressed compress(const storage::Layer& stored, const SourceOpener& open_plain, Compression wanted) {
        if (options_.chunked && wanted == Compression::Zstd)
            if (auto made = try_compress_chunked(open_plain)) return std::move(*made);
        auto blob = blobs_.writer();
        const auto compressor = storage::make_compressor(wanted, options_.level, [&](std::string_view bytes) { blob.write(bytes); }, {.may_dlopen = options_.may_dlopen});
        const auto source = open_plain();
        std::vector<char> buffer(256U << 10);
        while (const auto got = source->read(buffer)) compressor->write({buffer.data(), got});
        compressor->finish();
        const std::scoped_lock lock{keeping_};
        const auto kept = keep_instead(store_, stored, std::move(blob));
        return {kept.file, kept.blob.digest, kept.blob.size, {}};
    }

    std::optional<Compressed> try_compress_chunked(const SourceOpener& open_plain) const {
        CompressedFile file{store_.root()};
        try {
            const auto source = open_plain();
            auto annotations = storage::compress_chunked(*source, options_.level, file.sink());
            return file.finish(std::move(annotations));
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::Unsupported) throw;
            log::debug(concat("a layer without table of contents: ", error.what()));
            return std::nullopt;
        }
    }

    void write_anew(OutgoingImage& image) {
        const bool docker = format_ == ManifestFormat::Docker;
        auto manifest = manifest_;
        manifest.media_type = docker ? media::kDockerManifest : media::kOciManifest;
        manifest.config.media_type = docker ? media::kDockerConfig : media::kOciConfig;
        if (docker) manifest.annotations.clear();  // docker's format has none
        manifest.layers.clear();
        for (auto& layer : image.layers) {
            layer.blob.media_type = converted_type(layer.blob.media_type);
            if (docker) layer.blob.annotations.clear();
            manifest.layers.push_back(layer.blob);
        }
        image.config_blob = manifest.config;
        image.manifest = write_manifest(manifest);
        image.manifest_type = manifest.media_type;
    }

    std::string converted_type(const std::string& type) const {
        if (type.ends_with("gzip")) return layer_type(format_, Compression::Gzip);
        if (type.ends_with("zstd")) return layer_type(format_, Compression::Zstd);
        return layer_type(format_, Compression::None);
    }

    const ImageStore& store_;
    const ImageRecord& record_;
    const OutgoingOptions& options_;
    storage::BlobStore blobs_;
    Manifest manifest_;
    ManifestFormat own_format_;
    ManifestFormat format_;
    struct Work {
        std::size_t position;  ///< in the image
        storage::Layer stored;
    };
    std::vector<Work> to_compress_;
    std::mutex keeping_;
};

}  // namespace

OutgoingImage outgoing_image(const ImageStore& store, const ImageRecord& record, const OutgoingOptions& options) {
    return Builder{store, record, options}.build(/*plain=*/false);
}

OutgoingImage outgoing_plain(const ImageStore& store, const ImageRecord& record, bool may_dlopen) {
    OutgoingOptions options;
    options.may_dlopen = may_dlopen;
    return Builder{store, record, options}.build(/*plain=*/true);
}

}  // namespace skiff::image
