#include <bzlib.h>
#include <doctest/doctest.h>
#include <lzma.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <zlib.h>
#include <zstd.h>

#include "storage/source.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/worker.h"

using namespace skiff;
using namespace skiff::storage;

#if defined(__SANITIZE_ADDRESS__)  // GCC's word; Clang's is a feature
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif

namespace {

std::string gzip(const std::string& text) {
    z_stream stream{};
    ::deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(::deflateBound(&stream, text.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<unsigned>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<unsigned>(out.size());
    ::deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    ::deflateEnd(&stream);
    return out;
}

std::string zstd(const std::string& text) {
    std::string out(::ZSTD_compressBound(text.size()), '\0');
    out.resize(::ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
    return out;
}

std::string xz(const std::string& text) {
    std::string out(::lzma_stream_buffer_bound(text.size()), '\0');
    std::size_t size = 0;
    ::lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                              reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size());
    out.resize(size);
    return out;
}

std::string bzip2(const std::string& text) {
    std::string out(text.size() + text.size() / 50 + 1000, '\0');
    auto size = static_cast<unsigned>(out.size());
    ::BZ2_bzBuffToBuffCompress(out.data(), &size, const_cast<char*>(text.data()), static_cast<unsigned>(text.size()), 1, 0, 0);
    out.resize(size);
    return out;
}

std::string sample() {
    std::string text;
    for (int i = 0; i < 60'000; ++i) text += std::to_string(i * 7919) + "\n";
    return text;
}

/// Gives one byte at a time, or as much as asked.
class SlowSource : public Source {
public:
    SlowSource(std::string_view text, std::size_t step) : rest_{text}, step_{step} {}
    std::size_t read(std::span<char> buffer) override {
        MemorySource part{rest_.substr(0, std::min(step_, buffer.size()))};
        const auto got = part.read(buffer);
        rest_.remove_prefix(got);
        return got;
    }

private:
    std::string_view rest_;
    std::size_t step_;
};

std::string inflate(std::string_view packed, bool may_dlopen, std::size_t step = 1U << 20, Compression* found = nullptr) {
    SlowSource inner{packed, step};
    const auto source = decompress(inner, {may_dlopen}, found);
    std::string all;
    std::vector<char> buffer(3000);
    while (const auto got = source->read(buffer)) all.append(buffer.data(), got);
    CHECK(source->read(buffer) == 0);
    CHECK(drain(inner) == 0);  // all of the compressed bytes went by, so they were hashed
    return all;
}

struct Format {
    Compression compression;
    std::string (*pack)(const std::string&);
    bool may_dlopen;
};
const Format kFormats[] = {{Compression::Gzip, gzip, false}, {Compression::Gzip, gzip, true}, {Compression::Zstd, zstd, false},
                           {Compression::Xz, xz, false}, {Compression::Bzip2, bzip2, false}};

}  // namespace

TEST_CASE("every compression is recognised and inflated, in small and large pieces, in several members, with padding") {
    const auto text = sample();
    for (const auto& format : kFormats) {
        CAPTURE(compression_name(format.compression));
        CAPTURE(format.may_dlopen);
        const auto packed = format.pack(text);
        auto found = Compression::None;
        CHECK(inflate(packed, format.may_dlopen, 1U << 20, &found) == text);
        CHECK(found == format.compression);
        CHECK(inflate(format.pack(text.substr(0, 1000)), format.may_dlopen, 1) == text.substr(0, 1000));
        CHECK(inflate(packed, format.may_dlopen, 777) == text);
        CHECK(inflate(packed + format.pack("more"), format.may_dlopen) == text + "more");
        CHECK(inflate(packed + format.pack("more"), format.may_dlopen, 13) == text + "more");
        CHECK(inflate(packed + std::string(1000, '\0'), format.may_dlopen) == text);
        CHECK(inflate(format.pack(""), format.may_dlopen).empty());
    }
    CHECK(inflate("plain text", false) == "plain text");
    CHECK(inflate("", false).empty());
    CHECK(inflate("BZ", false) == "BZ");
}

TEST_CASE("broken streams are errors, never shorter content") {
    const auto text = sample();
    for (const auto& format : kFormats) {
        CAPTURE(compression_name(format.compression));
        CAPTURE(format.may_dlopen);
        const auto packed = format.pack(text);
        const auto fails = [&](const std::string& broken) {
            try {
                inflate(broken, format.may_dlopen);
                return false;
            } catch (const Error& error) {
                return error.kind() == ErrorKind::Corrupt;
            }
        };
        CHECK(fails(packed.substr(0, packed.size() / 2)));
        CHECK(fails(packed.substr(0, packed.size() - 1)));
        CHECK(fails(packed.substr(0, 6)));
        CHECK(fails(packed + "junk"));
        CHECK(fails(packed + std::string(10, '\0') + "junk"));
        auto flipped = packed;
        flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 0x55);
        // zstd frames made in one call carry no check sum: the diff ID catches what inflates.
        if (format.compression != Compression::Zstd) CHECK(fails(flipped));
    }
}

TEST_CASE("a hash sees all bytes, and a limit ends an endless stream") {
    MemorySource inner{"hello"};
    HashingSource hashing{inner};
    CHECK(drain(hashing) == 5);
    CHECK(hashing.bytes() == 5);
    CHECK(hashing.digest() == Digest::of("hello"));
    CallbackSource endless{[](std::span<char> buffer) {
        std::fill(buffer.begin(), buffer.end(), '\0');
        return buffer.size();
    }};
    HashingSource limited{endless, "sha256", 1'000'000, "blob"};
    CHECK_THROWS_WITH_AS(drain(limited), doctest::Contains("1000000 bytes allowed"), Error);
    CHECK_THROWS_WITH_AS(require_digest(Digest::of("a"), Digest::of("b"), "layer"),
                         doctest::Contains(Digest::of("b").text().c_str()), Error);
}

TEST_CASE("a bomb is inflated in bounded memory") {
    // 2 GB of zeros in some 2 MB of gzip, inflated in a child of which the peak is known.
    const std::string gigabyte_part = gzip(std::string(64U << 20, '\0'));
    std::string bomb;
    for (int i = 0; i < 32; ++i) bomb += gigabyte_part;
    const pid_t child = ::fork();
    if (child == 0) {
        MemorySource inner{bomb};
        const auto source = decompress(inner, {true});
        ::_exit(drain(*source) == (std::uint64_t{2} << 30) ? 0 : 1);
    }
    int status = 0;
    struct rusage usage {};
    ::wait4(child, &status, 0, &usage);
    CHECK(status == 0);
#if !SANITIZED  // which keeps what was freed
    CHECK(usage.ru_maxrss < 200 * 1024);
#endif
}

TEST_CASE("a range of a file is read wherever the position is") {
    const UniqueFd file = make_memfd("range", "0123456789", false);
    FileRangeSource middle{file.get(), 3, 4, "range"};
    char buffer[16];
    CHECK(middle.read(buffer) == 4);
    CHECK(std::string_view{buffer, 4} == "3456");
    CHECK(middle.read(buffer) == 0);
    FileRangeSource beyond{file.get(), 8, 4, "range"};
    CHECK(beyond.read(buffer) == 2);
    CHECK_THROWS_AS(beyond.read(buffer), Error);
}
