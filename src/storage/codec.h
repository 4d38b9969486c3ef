#pragma once
/// One compression format, a step at a time: what decompress() drives. Internal to src/storage.

#include <memory>
#include <span>

#include "storage/source.h"

namespace skiff::storage {

class Codec {
public:
    struct Step {
        std::size_t consumed = 0;
        std::size_t produced = 0;
        bool ended = false;  ///< the member or frame is complete and its check sum right
    };
    virtual ~Codec() = default;
    /// Inflates from `in` to `out`; neither is empty, except that `in` may be at the end of the stream. Throws
    /// Error{Corrupt}.
    virtual Step step(std::span<const char> in, std::span<char> out) = 0;
    /// Begins another member.
    virtual void reset() = 0;
};

std::unique_ptr<Codec> make_zlib_codec();
std::unique_ptr<Codec> make_zstd_codec();
std::unique_ptr<Codec> make_xz_codec();
std::unique_ptr<Codec> make_bzip2_codec();
/// nullptr when libisal.so.2 is not installed. Loads it (dlopen), so never in a process that forks monitors.
std::unique_ptr<Codec> make_isal_codec();

}  // namespace skiff::storage
