#include "storage/compress.h"

#include <zlib.h>
#include <zstd.h>

#include <vector>

#include "storage/isal.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

constexpr std::size_t kOutputBytes = 256U << 10;
constexpr int kGzipWindow = 15 + 16;  // zlib.h: 16 more is a gzip header
constexpr int kZlibMemory = 8;

void check_level(std::optional<int> level, int lowest, int highest) {
    if (level && (*level < lowest || *level > highest))
        throw Error{ErrorKind::Invalid, concat("compression level ", *level, " is not from ", lowest, " to ", highest)};
}

class GzipCompressor : public Compressor {
public:
    GzipCompressor(std::optional<int> level, ByteSink sink) : sink_{std::move(sink)}, out_(kOutputBytes) {
        check_level(level, 1, 9);
        if (::deflateInit2(&stream_, level.value_or(Z_DEFAULT_COMPRESSION), Z_DEFLATED, kGzipWindow, kZlibMemory, Z_DEFAULT_STRATEGY) != Z_OK)
            throw Error{ErrorKind::System, "gzip: no memory"};
    }
    GzipCompressor(const GzipCompressor&) = delete;
    GzipCompressor& operator=(const GzipCompressor&) = delete;
    ~GzipCompressor() override { ::deflateEnd(&stream_); }

    void write(std::string_view bytes) override {
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        while (stream_.avail_in > 0) step(Z_NO_FLUSH);
    }
    void finish() override {
        while (step(Z_FINISH) != Z_STREAM_END) {
        }
    }

private:
    int step(int flush) {
        stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
        stream_.avail_out = static_cast<uInt>(out_.size());
        const int status = ::deflate(&stream_, flush);
        if (status == Z_STREAM_ERROR) throw Error{ErrorKind::System, "gzip: broken state"};
        if (const auto made = out_.size() - stream_.avail_out; made > 0) sink_({out_.data(), made});
        return status;
    }

    ByteSink sink_;
    std::vector<char> out_;
    z_stream stream_{};
};

/// ISA-L's slowest level, which is still many times faster than zlib's default one.
class IsalCompressor : public Compressor {
public:
    IsalCompressor(const Isal& isal, ByteSink sink) : isal_{isal}, sink_{std::move(sink)}, out_(kOutputBytes), work_(ISAL_DEF_LVL3_DEFAULT), stream_{std::make_unique<isal_zstream>()} {
        isal_.deflate_init(stream_.get());
        stream_->gzip_flag = IGZIP_GZIP;
        stream_->level = ISAL_DEF_MAX_LEVEL;
        stream_->level_buf = work_.data();
        stream_->level_buf_size = static_cast<std::uint32_t>(work_.size());
    }

    void write(std::string_view bytes) override {
        stream_->next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(bytes.data()));
        stream_->avail_in = static_cast<std::uint32_t>(bytes.size());
        do step();
        while (stream_->avail_out == 0);
    }
    void finish() override {
        stream_->avail_in = 0;
        stream_->end_of_stream = 1;
        while (stream_->internal_state.state != ZSTATE_END) step();
    }

private:
    void step() {
        stream_->next_out = reinterpret_cast<std::uint8_t*>(out_.data());
        stream_->avail_out = static_cast<std::uint32_t>(out_.size());
        if (isal_.deflate(stream_.get()) != COMP_OK) throw Error{ErrorKind::System, "gzip: broken state"};
        if (const auto made = out_.size() - stream_->avail_out; made > 0) sink_({out_.data(), made});
    }

    const Isal& isal_;
    ByteSink sink_;
    std::vector<char> out_;
    std::vector<std::uint8_t> work_;
    std::unique_ptr<isal_zstream> stream_;  // it is large
};

class ZstdCompressor : public Compressor {
public:
    ZstdCompressor(std::optional<int> level, ByteSink sink) : sink_{std::move(sink)}, out_(kOutputBytes), context_{::ZSTD_createCCtx()} {
        check_level(level, -7, 20);
        if (!context_) throw Error{ErrorKind::System, "zstd: no memory"};
        ::ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level.value_or(3));
        ::ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
    }

    void write(std::string_view bytes) override {
        ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
        while (in.pos < in.size) step(in, ZSTD_e_continue);
    }
    void finish() override {
        ZSTD_inBuffer in{nullptr, 0, 0};
        while (step(in, ZSTD_e_end) != 0) {
        }
    }

private:
    struct Free {
        void operator()(ZSTD_CCtx* context) const { ::ZSTD_freeCCtx(context); }
    };
    std::size_t step(ZSTD_inBuffer& in, ZSTD_EndDirective how) {
        ZSTD_outBuffer out{out_.data(), out_.size(), 0};
        const auto left = ::ZSTD_compressStream2(context_.get(), &out, &in, how);
        if (::ZSTD_isError(left) != 0) throw Error{ErrorKind::System, concat("zstd: ", ::ZSTD_getErrorName(left))};
        if (out.pos > 0) sink_({out_.data(), out.pos});
        return left;
    }

    ByteSink sink_;
    std::vector<char> out_;
    std::unique_ptr<ZSTD_CCtx, Free> context_;
};

}  // namespace

std::unique_ptr<Compressor> make_compressor(Compression format, std::optional<int> level, ByteSink sink, const SourceOptions& options) {
    const auto* isal = format == Compression::Gzip && !level && options.may_dlopen ? isal_library() : nullptr;
    if (isal != nullptr) return std::make_unique<IsalCompressor>(*isal, std::move(sink));
    if (format == Compression::Gzip) return std::make_unique<GzipCompressor>(level, std::move(sink));
    if (format == Compression::Zstd) return std::make_unique<ZstdCompressor>(level, std::move(sink));
    throw Error{ErrorKind::Unsupported, concat("compressing as ", compression_name(format), " is not supported"), "gzip and zstd are"};
}

}  // namespace skiff::storage
