#pragma once
/// The other way round from decompress(): gzip and zstd streams. Source: RFC 1952; RFC 8878.

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "storage/source.h"

namespace skiff::storage {

using ByteSink = std::function<void(std::string_view)>;

class Compressor {
public:
    virtual ~Compressor() = default;
    virtual void write(std::string_view bytes) = 0;
    /// Ends the stream; nothing can be written afterwards.
    virtual void finish() = 0;
};

/// `level` as the format counts: gzip 1 to 9, zstd -7 to 20; absent: the format's own default. Output has no time stamp, so the same
/// bytes give the same stream. gzip without a level goes through libisal where `may_dlopen` (see SourceOptions) allows it and it is
/// installed: about ten times faster than zlib for a tenth more bytes. Throws Error{Unsupported} for other formats, Error{Invalid}
/// for a level out of range.
std::unique_ptr<Compressor> make_compressor(Compression format, std::optional<int> level, ByteSink sink, const SourceOptions& options = {});

}  // namespace skiff::storage
