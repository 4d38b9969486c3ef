/// Feeds bytes to what reads layers: decompression, the tar reader, names and whiteouts. Built with clang's
/// -fsanitize=fuzzer it is a fuzzer; the unit tests call the same function with a corpus and its mutations.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "storage/layer_path.h"
#include "storage/tar_reader.h"
#include "util/error.h"

namespace {

using namespace skiff;
using namespace skiff::storage;

void require(bool holds) {
    if (!holds) std::abort();
}

/// What unpacking relies on.
void check_name(std::string_view text) {
    try {
        const auto path = LayerPath::parse(text);
        for (const auto& part : path_components(path.full())) {
            require(part != "." && part != ".." && part.size() <= 255 && part.find('/') == std::string::npos);
        }
        require(path.full().size() <= 4095 && path.full().find('\0') == std::string::npos);
        if (!path.is_root() && whiteout_kind(path) == Whiteout::Hide) {
            const auto name = hidden_name(path);
            require(!name.empty() && name != "." && name != "..");
        }
    } catch (const Error&) {
        return;
    }
}

void check_entry(TarReader& reader, const TarEntry& entry) {
    check_name(entry.name);
    check_name(entry.link);
    require(entry.uid != static_cast<uid_t>(-1) && entry.gid != static_cast<gid_t>(-1));
    std::uint64_t end = 0;
    std::uint64_t sum = 0;
    for (const auto& piece : entry.sparse.value_or(std::vector<TarPiece>{})) {
        require(piece.offset >= end && piece.offset <= entry.size && piece.length <= entry.size - piece.offset);
        end = piece.offset + piece.length;
        sum += piece.length;
    }
    require(!entry.sparse || sum == entry.stored_size);
    std::uint64_t got = 0;
    for (auto bytes = reader.read(); !bytes.empty(); bytes = reader.read()) got += bytes.size();
    require(got == entry.stored_size);
}

void read_archive(Source& source) {
    TarReader reader{source};
    while (const auto entry = reader.next()) check_entry(reader, *entry);
    reader.drain_rest();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    MemorySource bytes{{reinterpret_cast<const char*>(data), size}};
    try {
        const auto inflated = decompress(bytes);
        HashingSource limited{*inflated, "sha256", 64U << 20};
        read_archive(limited);
    } catch (const Error&) {
        return 0;
    }
    return 0;
}
