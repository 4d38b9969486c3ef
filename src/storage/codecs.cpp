#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>

#include "storage/codec.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

[[noreturn]] void throw_broken(std::string_view format, std::string_view why) {
    throw Error{ErrorKind::Corrupt, concat("broken ", format, " stream: ", why)};
}

unsigned clamp_size(std::size_t size) {
    return static_cast<unsigned>(std::min<std::size_t>(size, std::numeric_limits<unsigned>::max()));
}

/// Each of the C libraries takes pointers to what it does not change as mutable ones.
template <typename Byte>
Byte* mutable_bytes(std::span<const char> in) {
    return reinterpret_cast<Byte*>(const_cast<char*>(in.data()));
}

class ZlibCodec : public Codec {
public:
    ZlibCodec() {
        constexpr int kGzipOnly = 15 + 16;  // window bits; 16: a gzip header, see zlib.h
        if (::inflateInit2(&stream_, kGzipOnly) != Z_OK) throw Error{ErrorKind::System, "starting zlib: out of memory"};
    }
    ZlibCodec(const ZlibCodec&) = delete;
    ZlibCodec& operator=(const ZlibCodec&) = delete;
    ~ZlibCodec() override { ::inflateEnd(&stream_); }
    void reset() override { ::inflateReset(&stream_); }

    Step step(std::span<const char> in, std::span<char> out) override {
        stream_.next_in = mutable_bytes<Bytef>(in);
        stream_.avail_in = clamp_size(in.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out.data());
        stream_.avail_out = clamp_size(out.size());
        const auto before_in = stream_.avail_in;
        const auto before_out = stream_.avail_out;
        const int status = ::inflate(&stream_, Z_NO_FLUSH);
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
            throw_broken("gzip", stream_.msg != nullptr ? stream_.msg : "it cannot be inflated");
        }
        return {before_in - stream_.avail_in, before_out - stream_.avail_out, status == Z_STREAM_END};
    }

private:
    z_stream stream_{};
};

class ZstdCodec : public Codec {
public:
    ZstdCodec() : stream_{::ZSTD_createDStream()} {
        if (stream_ == nullptr) throw Error{ErrorKind::System, "starting zstd: out of memory"};
        constexpr int kWindowLog = 27;  // 128 MiB, what `zstd` itself takes without --long
        ::ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kWindowLog);
    }
    ZstdCodec(const ZstdCodec&) = delete;
    ZstdCodec& operator=(const ZstdCodec&) = delete;
    ~ZstdCodec() override { ::ZSTD_freeDStream(stream_); }
    void reset() override { ::ZSTD_DCtx_reset(stream_, ZSTD_reset_session_only); }

    Step step(std::span<const char> in, std::span<char> out) override {
        ZSTD_inBuffer input{in.data(), in.size(), 0};
        ZSTD_outBuffer output{out.data(), out.size(), 0};
        const auto status = ::ZSTD_decompressStream(stream_, &output, &input);
        if (::ZSTD_isError(status) != 0U) throw_broken("zstd", ::ZSTD_getErrorName(status));
        return {input.pos, output.pos, status == 0};
    }

private:
    ZSTD_DStream* stream_;
};

class XzCodec : public Codec {
public:
    XzCodec() { reset(); }
    XzCodec(const XzCodec&) = delete;
    XzCodec& operator=(const XzCodec&) = delete;
    ~XzCodec() override { ::lzma_end(&stream_); }

    void reset() override {
        constexpr std::uint64_t kMemoryLimit = 160U << 20;  // `xz -9` asks for 65 MiB
        if (::lzma_stream_decoder(&stream_, kMemoryLimit, 0) != LZMA_OK) {
            throw Error{ErrorKind::System, "starting xz: out of memory"};
        }
    }

    Step step(std::span<const char> in, std::span<char> out) override {
        stream_.next_in = mutable_bytes<std::uint8_t>(in);
        stream_.avail_in = in.size();
        stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
        stream_.avail_out = out.size();
        const auto status = ::lzma_code(&stream_, LZMA_RUN);
        if (status == LZMA_MEMLIMIT_ERROR) throw_broken("xz", "its dictionary is too large");
        if (status != LZMA_OK && status != LZMA_STREAM_END && status != LZMA_BUF_ERROR) throw_broken("xz", "bad data or check sum");
        return {in.size() - stream_.avail_in, out.size() - stream_.avail_out, status == LZMA_STREAM_END};
    }

private:
    lzma_stream stream_ = LZMA_STREAM_INIT;
};

class Bzip2Codec : public Codec {
public:
    Bzip2Codec() { start(); }
    Bzip2Codec(const Bzip2Codec&) = delete;
    Bzip2Codec& operator=(const Bzip2Codec&) = delete;
    ~Bzip2Codec() override { ::BZ2_bzDecompressEnd(&stream_); }

    void reset() override {
        ::BZ2_bzDecompressEnd(&stream_);
        start();
    }

    Step step(std::span<const char> in, std::span<char> out) override {
        stream_.next_in = mutable_bytes<char>(in);
        stream_.avail_in = clamp_size(in.size());
        stream_.next_out = out.data();
        stream_.avail_out = clamp_size(out.size());
        const auto before_in = stream_.avail_in;
        const auto before_out = stream_.avail_out;
        const int status = ::BZ2_bzDecompress(&stream_);
        if (status != BZ_OK && status != BZ_STREAM_END) throw_broken("bzip2", "bad data or check sum");
        return {before_in - stream_.avail_in, before_out - stream_.avail_out, status == BZ_STREAM_END};
    }

private:
    void start() {
        stream_ = {};
        if (::BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw Error{ErrorKind::System, "starting bzip2: out of memory"};
    }
    bz_stream stream_{};
};

}  // namespace

std::unique_ptr<Codec> make_zlib_codec() { return std::make_unique<ZlibCodec>(); }
std::unique_ptr<Codec> make_zstd_codec() { return std::make_unique<ZstdCodec>(); }
std::unique_ptr<Codec> make_xz_codec() { return std::make_unique<XzCodec>(); }
std::unique_ptr<Codec> make_bzip2_codec() { return std::make_unique<Bzip2Codec>(); }

}  // namespace skiff::storage
