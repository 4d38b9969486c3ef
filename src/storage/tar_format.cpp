#include "storage/tar_format.h"

#include <algorithm>
#include <limits>

#include "util/error.h"
#include "util/text.h"

namespace skiff::storage::tar {
namespace {

std::int64_t base256(std::string_view bytes) {
    // Two's complement over the whole field, the first bit being the mark and the second the sign.
    const bool negative = (bytes[0] & 0x40) != 0;
    std::int64_t value = negative ? -1 : 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto byte = static_cast<unsigned char>(bytes[i]);
        if (i == 0) byte = static_cast<unsigned char>(negative ? byte | 0x80U : byte & 0x7fU);
        if (value > (std::numeric_limits<std::int64_t>::max() >> 8) || value < (std::numeric_limits<std::int64_t>::min() >> 8)) {
            corrupt("a number in a header is too large");
        }
        value = value * 256 + byte;
    }
    return value;
}

}  // namespace

void corrupt(std::string_view why) { throw Error{ErrorKind::Corrupt, concat("broken tar archive: ", why)}; }

std::string_view field(const char* block, Field where) { return {block + where.offset, where.length}; }

std::string_view text_field(const char* block, Field where) {
    const auto bytes = field(block, where);
    return bytes.substr(0, bytes.find('\0'));
}

std::int64_t number_field(const char* block, Field where) {
    auto bytes = field(block, where);
    if ((bytes[0] & 0x80) != 0) return base256(bytes);
    while (!bytes.empty() && (bytes.front() == ' ' || bytes.front() == '\0')) bytes.remove_prefix(1);
    while (!bytes.empty() && (bytes.back() == ' ' || bytes.back() == '\0')) bytes.remove_suffix(1);
    bytes = bytes.substr(0, bytes.find('\0'));
    std::int64_t value = 0;
    for (const char digit : bytes) {
        if (digit < '0' || digit > '7') corrupt("a number in a header is not octal");
        value = value * 8 + (digit - '0');  // 12 digits at most: no overflow
    }
    return value;
}

Format format_of(const char* block) {
    const auto magic = field(block, kMagic);
    if (magic == std::string_view{"ustar  \0", 8}) return Format::Gnu;
    if (!magic.starts_with("ustar")) return Format::V7;
    return field(block, kStarTrailer) == std::string_view{"tar\0", 4} ? Format::Star : Format::Ustar;
}

bool checksum_right(const char* block) {
    std::int64_t as_unsigned = 0;
    std::int64_t as_signed = 0;  // some old writers
    for (std::size_t i = 0; i < kBlockSize; ++i) {
        const bool inside = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.length;
        const char byte = inside ? ' ' : block[i];
        as_unsigned += static_cast<unsigned char>(byte);
        as_signed += static_cast<signed char>(byte);
    }
    const auto recorded = number_field(block, kChecksum);
    return recorded == as_unsigned || recorded == as_signed;
}

bool all_zero(const char* block) {
    return std::all_of(block, block + kBlockSize, [](char byte) { return byte == '\0'; });
}

void for_each_pax_record(std::string_view text, const std::function<void(std::string_view, std::string_view)>& record) {
    while (!text.empty()) {
        const auto space = text.find(' ');
        if (space == std::string_view::npos) corrupt("a pax record has no length");
        const auto length = parse_uint(text.substr(0, space));
        if (!length || *length <= space + 1 || *length > text.size()) corrupt("a pax record has a wrong length");
        const auto line = text.substr(space + 1, *length - space - 1);
        const auto equals = line.find('=');
        if (line.back() != '\n' || equals == std::string_view::npos || equals == 0) corrupt("a pax record is malformed");
        record(line.substr(0, equals), line.substr(equals + 1, line.size() - equals - 2));
        text.remove_prefix(*length);
    }
}

std::uint64_t pax_number(std::string_view text, std::string_view key) {
    const auto value = parse_uint(text);
    if (!value || *value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        corrupt(concat("pax ", key, " is not a number"));
    }
    return *value;
}

timespec pax_time(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const auto dot = text.find('.');
    timespec time{static_cast<time_t>(pax_number(text.substr(0, dot), "mtime")), 0};
    long unit = 100'000'000;
    for (const char digit : dot == std::string_view::npos ? std::string_view{} : text.substr(dot + 1)) {
        if (digit < '0' || digit > '9') corrupt("pax mtime is not a number");
        time.tv_nsec += (digit - '0') * unit;
        unit /= 10;
    }
    if (!negative) return time;
    time.tv_sec = -time.tv_sec;
    if (time.tv_nsec == 0) return time;
    return {time.tv_sec - 1, 1'000'000'000 - time.tv_nsec};
}

}  // namespace skiff::storage::tar
