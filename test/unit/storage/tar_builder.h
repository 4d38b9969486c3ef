#pragma once
/// Raw tar archives for tests: every field can be wrong.

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skiff::test {

/// One header as text fields; what is not set has an ordinary value.
struct TarHeader {
    std::string name;
    char type = '0';
    std::string link = {};
    std::string content = {};
    unsigned mode = 0644;
    std::int64_t uid = 0;
    std::int64_t gid = 0;
    std::int64_t mtime = 1'000'000'000;
    unsigned device_major = 0;
    unsigned device_minor = 0;
    std::int64_t size = -1;                                      ///< -1: that of content
    std::vector<std::pair<std::string, std::string>> pax = {};
    std::string magic = std::string("ustar\0" "00", 8);
    std::string prefix = {};
};

class TarBuilder {
public:
    TarBuilder& add(const TarHeader& header) {
        if (!header.pax.empty()) {
            std::string records;
            for (const auto& [key, value] : header.pax) records += record(key, value);
            add_raw_entry({.name = "PaxHeaders/x", .type = 'x', .content = records});
        }
        return add_raw_entry(header);
    }
    TarBuilder& file(std::string name, std::string content = "x", unsigned mode = 0644) {
        return add({.name = std::move(name), .content = std::move(content), .mode = mode});
    }
    TarBuilder& directory(std::string name, unsigned mode = 0755) { return add({.name = std::move(name), .type = '5', .mode = mode}); }
    TarBuilder& symlink(std::string name, std::string target) {
        return add({.name = std::move(name), .type = '2', .link = std::move(target), .mode = 0777});
    }
    TarBuilder& hard_link(std::string name, std::string target) {
        return add({.name = std::move(name), .type = '1', .link = std::move(target)});
    }
    TarBuilder& pax(std::string name, std::vector<std::pair<std::string, std::string>> records, std::string content = "x") {
        return add({.name = std::move(name), .content = std::move(content), .pax = std::move(records)});
    }
    TarBuilder& long_name(const std::string& name, char type = 'L') {
        return add_raw_entry({.name = "././@LongLink", .type = type, .content = name + '\0', .magic = gnu_magic()});
    }
    TarBuilder& raw(std::string_view bytes) {
        archive_.append(bytes);
        return *this;
    }

    /// With the two blocks of zeros at the end.
    std::string finish() const { return archive_ + std::string(1024, '\0'); }
    const std::string& unfinished() const { return archive_; }

    static std::string gnu_magic() { return std::string("ustar  \0", 8); }
    static std::string record(const std::string& key, const std::string& value) {
        const std::size_t rest = key.size() + value.size() + 3;
        std::size_t length = rest + 1;
        while (std::to_string(length).size() + rest != length) length = std::to_string(length).size() + rest;
        return std::to_string(length) + " " + key + "=" + value + "\n";
    }
    static std::string header_block(const TarHeader& header) {
        std::string block(512, '\0');
        const auto put = [&](std::size_t offset, std::size_t width, std::string_view text) {
            std::memcpy(block.data() + offset, text.data(), std::min(width, text.size()));
        };
        put(0, 100, header.name);
        put(100, 8, number(header.mode, 8));
        put(108, 8, number(header.uid, 8));
        put(116, 8, number(header.gid, 8));
        put(124, 12, number(header.size >= 0 ? header.size : static_cast<std::int64_t>(header.content.size()), 12));
        put(136, 12, number(header.mtime, 12));
        block[156] = header.type;
        put(157, 100, header.link);
        put(257, 8, header.magic);
        put(329, 8, number(header.device_major, 8));
        put(337, 8, number(header.device_minor, 8));
        put(345, 155, header.prefix);
        seal(block);
        return block;
    }
    /// Writes the check sum.
    static void seal(std::string& block) {
        std::memset(block.data() + 148, ' ', 8);
        unsigned sum = 0;
        for (const char byte : block.substr(0, 512)) sum += static_cast<unsigned char>(byte);
        char text[8];
        std::snprintf(text, sizeof text, "%06o", sum);
        std::memcpy(block.data() + 148, text, 7);
    }
    /// Octal, or base 256 where that is too short or the value negative.
    static std::string number(std::int64_t value, std::size_t width) {
        char text[32];
        std::snprintf(text, sizeof text, "%0*llo", static_cast<int>(width - 1), static_cast<unsigned long long>(value));
        if (value >= 0 && std::strlen(text) < width) return text;
        std::string bytes(width, value < 0 ? '\xff' : '\0');
        for (std::size_t i = 0; i < 8 && i < width; ++i) bytes[width - 1 - i] = static_cast<char>((value >> (8 * i)) & 0xff);
        bytes[0] = static_cast<char>(value < 0 ? 0xff : 0x80);
        return bytes;
    }

private:
    TarBuilder& add_raw_entry(const TarHeader& header) {
        archive_ += header_block(header);
        archive_ += header.content;
        archive_.append((512 - header.content.size() % 512) % 512, '\0');
        return *this;
    }
    std::string archive_;
};

}  // namespace skiff::test
