#include "storage/zstd_chunked.h"

#include <array>
#include <memory>

#include "storage/tar_reader.h"
#include "util/base64.h"
#include "util/clock.h"
#include "util/digest.h"
#include "util/error.h"
#include "util/json.h"
#include "util/sha256.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

constexpr std::uint64_t kTableType = 1;  // JSON as CRFS has it
constexpr std::string_view kFooterMagic = "GNUlInUx";

std::string little_endian(std::uint64_t number, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>(number >> (8 * i)));
    return text;
}

/// CRC-64 of ISO 3309, what tar-split checks contents with.
class Crc64 {
public:
    void update(std::string_view bytes) {
        static const auto table = make_table();
        for (const unsigned char byte : bytes) crc_ = table[(crc_ ^ byte) & 0xffU] ^ (crc_ >> 8U);
    }
    std::string big_endian() const {
        const auto text = little_endian(~crc_, 8);
        return {text.rbegin(), text.rend()};
    }

private:
    static std::array<std::uint64_t, 256> make_table() {
        constexpr std::uint64_t kPolynomial = 0xD800000000000000U;  // bits reversed
        std::array<std::uint64_t, 256> table{};
        for (std::uint64_t i = 0; i < table.size(); ++i) {
            auto entry = i;
            for (int bit = 0; bit < 8; ++bit) entry = (entry & 1U) != 0 ? (entry >> 1U) ^ kPolynomial : entry >> 1U;
            table[i] = entry;
        }
        return table;
    }
    std::uint64_t crc_ = ~std::uint64_t{0};
};

/// zstd frames one after the other, and where each ends.
class Frames {
public:
    Frames(std::optional<int> level, const ByteSink& sink) : level_{level}, sink_{sink} { make_compressor(Compression::Zstd, level, {}); }

    void write(std::string_view bytes) {
        if (bytes.empty()) return;
        if (!frame_) frame_ = make_compressor(Compression::Zstd, level_, [this](std::string_view made) { put(made); });
        frame_->write(bytes);
    }
    /// Ends the frame, if one was begun. Returns the position after it.
    std::uint64_t end() {
        if (frame_) frame_->finish();
        frame_.reset();
        return position_;
    }
    /// Returns the position of the content.
    std::uint64_t skippable(std::string_view content) {
        put(concat(little_endian(0x184D2A50, 4), little_endian(content.size(), 4)));
        const auto begin = position_;
        put(content);
        return begin;
    }
    std::string compressed(std::string_view text) const {
        std::string made;
        const auto compressor = make_compressor(Compression::Zstd, level_, [&](std::string_view bytes) { made.append(bytes); });
        compressor->write(text);
        compressor->finish();
        return made;
    }

private:
    void put(std::string_view bytes) {
        position_ += bytes.size();
        sink_(bytes);
    }

    std::optional<int> level_;
    const ByteSink& sink_;
    std::unique_ptr<Compressor> frame_;
    std::uint64_t position_ = 0;
};

/// Hands on a source's bytes and keeps those that were not taken yet.
class Recorder : public Source {
public:
    explicit Recorder(Source& inner) : inner_{inner} {}
    std::size_t read(std::span<char> buffer) override {
        const auto got = inner_.read(buffer);
        kept_.append(buffer.data(), got);
        return got;
    }
    /// The bytes up to `position` of the stream.
    std::string take_until(std::uint64_t position) {
        auto bytes = kept_.substr(begin_, static_cast<std::size_t>(position - taken_));
        taken_ = position;
        begin_ += bytes.size();
        if (begin_ >= kForgottenBytes || begin_ == kept_.size()) {  // not at once: small files would move much for little
            kept_.erase(0, begin_);
            begin_ = 0;
        }
        return bytes;
    }
    std::uint64_t position() const noexcept { return taken_ + kept_.size() - begin_; }

private:
    static constexpr std::size_t kForgottenBytes = 1U << 20;
    Source& inner_;
    std::string kept_;
    std::size_t begin_ = 0;  ///< what was taken lies before it
    std::uint64_t taken_ = 0;
};

const char* type_name(TarType type) {
    switch (type) {
        case TarType::Regular: return "reg";
        case TarType::HardLink: return "hardlink";
        case TarType::Symlink: return "symlink";
        case TarType::CharDevice: return "char";
        case TarType::BlockDevice: return "block";
        case TarType::Directory: return "dir";
        case TarType::Fifo: return "fifo";
        case TarType::VolumeLabel: break;
    }
    throw Error{ErrorKind::Unsupported, "a volume label has no place in a table of contents"};
}

bool is_utf8(const std::string& text) {
    try {
        const auto quoted = Json(text).dump();
        return !quoted.empty();
    } catch (const Json::type_error&) {
        return false;
    }
}

void require_describable(const TarEntry& entry) {
    if (entry.sparse) throw Error{ErrorKind::Unsupported, concat("sparse file ", quote(entry.name), " has no place in a table of contents")};
    if (!is_utf8(entry.name) || !is_utf8(entry.link)) throw Error{ErrorKind::Unsupported, concat("name ", quote(entry.name), " is not UTF-8")};
}

OrderedJson table_entry(const TarEntry& entry) {
    constexpr std::int64_t kNanos = 1'000'000'000;
    OrderedJson json;
    json["type"] = type_name(entry.type);
    json["name"] = entry.name;
    if (!entry.link.empty()) json["linkName"] = entry.link;
    if (entry.mode != 0) json["mode"] = entry.mode;
    if (entry.size != 0) json["size"] = entry.size;
    if (entry.uid != 0) json["uid"] = entry.uid;
    if (entry.gid != 0) json["gid"] = entry.gid;
    json["modtime"] = rfc3339(entry.mtime.tv_sec * kNanos + entry.mtime.tv_nsec);
    if (entry.device_major != 0) json["devMajor"] = entry.device_major;
    if (entry.device_minor != 0) json["devMinor"] = entry.device_minor;
    for (const auto& [name, value] : entry.xattrs) json["xattrs"][name] = base64_encoded(value);
    return json;
}

class Writer {
public:
    Writer(Source& tar, std::optional<int> level, const ByteSink& sink) : recorder_{tar}, reader_{recorder_}, frames_{level, sink} { table_["version"] = 1; }

    ChunkedAnnotations run() {
        table_["entries"] = OrderedJson::array();
        while (const auto entry = reader_.next()) {
            require_describable(*entry);
            other_bytes(reader_.position());
            table_["entries"].push_back(entry->stored_size > 0 ? with_content(*entry) : table_entry(*entry));
            if (entry->stored_size == 0) split_file(*entry, nullptr);
        }
        reader_.drain_rest();
        other_bytes(recorder_.position());
        return finish();
    }

private:
    /// Headers and padding.
    void other_bytes(std::uint64_t until) {
        const auto bytes = recorder_.take_until(until);
        if (bytes.empty()) return;
        frames_.write(bytes);
        OrderedJson segment;
        segment["type"] = 2;
        segment["payload"] = base64_encoded(bytes);
        split_line(std::move(segment));
    }

    OrderedJson with_content(const TarEntry& entry) {
        auto json = table_entry(entry);
        Hasher hasher;
        Crc64 crc;
        const auto begin = frames_.end();
        for (auto bytes = reader_.read(); !bytes.empty(); bytes = reader_.read()) {
            frames_.write(bytes);
            hasher.update(bytes);
            crc.update(bytes);
            recorder_.take_until(reader_.position());
        }
        json["digest"] = concat("sha256:", hasher.finish_hex());
        json["offset"] = begin;
        json["endOffset"] = frames_.end();
        split_file(entry, base64_encoded(crc.big_endian()));
        return json;
    }

    void split_file(const TarEntry& entry, OrderedJson check_sum) {
        OrderedJson file;
        file["type"] = 1;
        file["name"] = entry.name;
        if (entry.stored_size > 0) file["size"] = entry.stored_size;
        file["payload"] = std::move(check_sum);
        split_line(std::move(file));
    }
    void split_line(OrderedJson line) {
        line["position"] = split_lines_++;
        split_.append(dump(line)).push_back('\n');
    }

    ChunkedAnnotations finish() {
        frames_.end();
        const auto split = frames_.compressed(split_);
        table_["tarSplitDigest"] = Digest::of(split).text();
        const auto text = dump(table_);
        const auto table = frames_.compressed(text);
        const auto table_at = frames_.skippable(table);
        const auto split_at = frames_.skippable(split);
        std::string footer;
        for (const std::uint64_t number : {table_at, std::uint64_t{table.size()}, std::uint64_t{text.size()}, kTableType, split_at, std::uint64_t{split.size()}, std::uint64_t{split_.size()}})
            footer.append(little_endian(number, 8));
        frames_.skippable(footer.append(kFooterMagic));
        return {{kChunkedTableDigest, Digest::of(table).text()},
                {kChunkedTablePosition, concat(table_at, ":", table.size(), ":", text.size(), ":", kTableType)},
                {kChunkedSplitPosition, concat(split_at, ":", split.size(), ":", split_.size())}};
    }

    Recorder recorder_;
    TarReader reader_;
    Frames frames_;
    OrderedJson table_;
    std::string split_;
    std::uint64_t split_lines_ = 0;
};

}  // namespace

ChunkedAnnotations compress_chunked(Source& tar, std::optional<int> level, const ByteSink& sink) { return Writer{tar, level, sink}.run(); }

}  // namespace skiff::storage
