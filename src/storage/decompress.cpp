#include <algorithm>
#include <cstring>
#include <vector>

#include "storage/codec.h"
#include "storage/source.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

constexpr std::size_t kInputBufferSize = 128U << 10;
constexpr std::size_t kMagicSize = 6;

/// What has been read of a stream and not yet used.
class Input {
public:
    explicit Input(Source& inner) : inner_{inner}, buffer_(kInputBufferSize) {}

    std::span<const char> rest() const { return {buffer_.data() + begin_, end_ - begin_}; }
    void use(std::size_t bytes) { begin_ += bytes; }
    /// Reads more behind what is there; false at the end.
    bool refill() {
        if (begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
        if (end_ == buffer_.size()) return true;
        const auto got = inner_.read({buffer_.data() + end_, buffer_.size() - end_});
        end_ += got;
        return got > 0;
    }
    bool ensure_some() { return begin_ < end_ || refill(); }

private:
    Source& inner_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

class PlainSource : public Source {
public:
    explicit PlainSource(Input input) : input_{std::move(input)} {}
    std::size_t read(std::span<char> buffer) override {
        if (!input_.ensure_some()) return 0;
        const auto rest = input_.rest();
        const auto got = std::min(rest.size(), buffer.size());
        std::memcpy(buffer.data(), rest.data(), got);
        input_.use(got);
        return got;
    }

private:
    Input input_;
};

class InflatingSource : public Source {
public:
    InflatingSource(Input input, std::unique_ptr<Codec> codec, std::string_view format)
        : input_{std::move(input)}, codec_{std::move(codec)}, format_{format} {}

    std::size_t read(std::span<char> buffer) override {
        while (!done_) {
            if (between_members_ && !begin_member()) break;
            // A codec may hold output back with no input left, so it is asked once more before "truncated".
            const bool more = input_.ensure_some();
            const auto step = codec_->step(input_.rest(), buffer);
            input_.use(step.consumed);
            between_members_ = step.ended;
            if (step.produced > 0) return step.produced;
            if (!step.ended && step.consumed == 0) require_progress(more);
        }
        return 0;
    }

private:
    /// After a member: the end, zero padding up to the end, or another member.
    bool begin_member() {
        if (!input_.ensure_some()) return finish();
        if (input_.rest().front() == '\0') return skip_padding();
        codec_->reset();
        between_members_ = false;
        return true;
    }
    bool finish() {
        done_ = true;
        return false;
    }
    bool skip_padding() {
        while (input_.ensure_some()) {
            const auto rest = input_.rest();
            if (std::any_of(rest.begin(), rest.end(), [](char byte) { return byte != '\0'; })) {
                throw Error{ErrorKind::Corrupt, concat("broken ", format_, " stream: data after its end")};
            }
            input_.use(rest.size());
        }
        return finish();
    }
    void require_progress(bool more_input) {
        if (!more_input) throw Error{ErrorKind::Corrupt, concat("broken ", format_, " stream: it ends too early")};
        if (++idle_ > 2 && !input_.refill()) {
            throw Error{ErrorKind::Corrupt, concat("broken ", format_, " stream: it cannot be inflated")};
        }
        if (idle_ > 16) throw Error{ErrorKind::Corrupt, concat("broken ", format_, " stream: no progress")};
    }

    Input input_;
    std::unique_ptr<Codec> codec_;
    std::string_view format_;
    bool between_members_ = false;
    bool done_ = false;
    int idle_ = 0;
};

std::unique_ptr<Codec> make_codec(Compression compression, const SourceOptions& options) {
    switch (compression) {
        case Compression::Gzip: {
            auto fast = options.may_dlopen ? make_isal_codec() : nullptr;
            return fast ? std::move(fast) : make_zlib_codec();
        }
        case Compression::Zstd: return make_zstd_codec();
        case Compression::Xz: return make_xz_codec();
        case Compression::Bzip2: return make_bzip2_codec();
        case Compression::None: break;
    }
    return nullptr;
}

}  // namespace

std::string_view compression_name(Compression compression) {
    switch (compression) {
        case Compression::None: return "uncompressed";
        case Compression::Gzip: return "gzip";
        case Compression::Zstd: return "zstd";
        case Compression::Xz: return "xz";
        case Compression::Bzip2: return "bzip2";
    }
    return "unknown";
}

Compression detect_compression(std::string_view head) {
    if (head.starts_with("\x1f\x8b")) return Compression::Gzip;
    if (head.starts_with("\x28\xb5\x2f\xfd")) return Compression::Zstd;
    // A skippable zstd frame may come first: 0x184D2A50 to 0x184D2A5F, little-endian (RFC 8878, 3.1.2).
    if (head.size() >= 4 && (head[0] & '\xf0') == '\x50' && head.substr(1, 3) == "\x2a\x4d\x18") return Compression::Zstd;
    if (head.starts_with(std::string_view{"\xfd"
                                          "7zXZ\0",
                                          6})) {
        return Compression::Xz;
    }
    if (head.size() >= 4 && head.starts_with("BZh") && head[3] >= '1' && head[3] <= '9') return Compression::Bzip2;
    return Compression::None;
}

std::unique_ptr<Source> decompress(Source& inner, const SourceOptions& options, Compression* found) {
    Input input{inner};
    while (input.rest().size() < kMagicSize && input.refill()) {
    }
    const auto head = input.rest();
    const auto compression = detect_compression({head.data(), std::min(head.size(), kMagicSize)});
    if (found != nullptr) *found = compression;
    auto codec = make_codec(compression, options);
    if (!codec) return std::make_unique<PlainSource>(std::move(input));
    return std::make_unique<InflatingSource>(std::move(input), std::move(codec), compression_name(compression));
}

}  // namespace skiff::storage
