#pragma once
/// The fields of a tar header block, and pax records. Internal to src/storage.

#include <cstdint>
#include <ctime>
#include <functional>
#include <string_view>

namespace skiff::storage::tar {

inline constexpr std::size_t kBlockSize = 512;

struct Field {
    std::size_t offset;
    std::size_t length;
};
inline constexpr Field kName{0, 100};
inline constexpr Field kMode{100, 8};
inline constexpr Field kUid{108, 8};
inline constexpr Field kGid{116, 8};
inline constexpr Field kSize{124, 12};
inline constexpr Field kMtime{136, 12};
inline constexpr Field kChecksum{148, 8};
inline constexpr std::size_t kTypeOffset = 156;
inline constexpr Field kLink{157, 100};
inline constexpr Field kMagic{257, 8};
inline constexpr Field kMajor{329, 8};
inline constexpr Field kMinor{337, 8};
inline constexpr Field kPrefix{345, 155};
inline constexpr Field kStarPrefix{345, 131};
inline constexpr Field kStarTrailer{508, 4};
inline constexpr Field kGnuSparse{386, 96};       ///< four pairs of offset and length, 12 bytes each
inline constexpr std::size_t kGnuExtended = 482;
inline constexpr Field kGnuRealSize{483, 12};
inline constexpr std::size_t kSparseBlockPairs = 21;
inline constexpr std::size_t kSparseBlockExtended = 504;

enum class Format { V7, Ustar, Star, Gnu };

[[noreturn]] void corrupt(std::string_view why);
std::string_view field(const char* block, Field where);
/// The field up to its first NUL.
std::string_view text_field(const char* block, Field where);
/// Octal, or base 256 when the top bit is set; empty is 0. Throws Error{Corrupt}.
std::int64_t number_field(const char* block, Field where);
Format format_of(const char* block);
bool checksum_right(const char* block);
bool all_zero(const char* block);

/// Calls `record(key, value)` for each of "LENGTH KEY=VALUE\n". Throws Error{Corrupt}.
void for_each_pax_record(std::string_view text, const std::function<void(std::string_view, std::string_view)>& record);
std::uint64_t pax_number(std::string_view text, std::string_view key);
/// Seconds with an optional fraction, negative before 1970.
timespec pax_time(std::string_view text);

}  // namespace skiff::storage::tar
