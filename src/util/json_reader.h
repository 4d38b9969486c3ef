#pragma once
/// Reads a JSON document from front to back without building it: for documents of our own that are read a thousand
/// at a time. What nobody asks for is passed over and not checked; parse_json() is for documents of others.
/// Source: RFC 8259.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skiff {

/// A position in a document. Every member throws Error{Corrupt} naming the document where the text is not JSON.
/// Not for use after it threw. The text must outlive the reader.
class JsonReader {
public:
    enum class Kind { Object, Array, String, Number, Boolean, Null };

    JsonReader(std::string_view text, std::string_view name) : at_{text.data()}, end_{at_ + text.size()}, name_{name} {}

    /// What the next value is.
    Kind kind();
    /// The next value, which must be of that kind().
    std::string string();
    bool boolean();
    /// nullopt for a fraction, an exponent, or more than 64 bits.
    std::optional<std::int64_t> signed_integer();
    std::optional<std::uint64_t> unsigned_integer();
    /// Passes over the next value, however deep it is.
    void skip();
    /// Only white space may be left.
    void end();

    /// The next value, an object: calls use(std::string_view key) for each member; it takes the member's value. The key
    /// is valid until then.
    template <typename Use>
    void object(Use use) {
        open('{');
        std::string storage;
        for (bool first = true; next_element('}', first); first = false) use(key(storage));
    }
    /// The next value, an array: calls use() for each element; it takes the element.
    template <typename Use>
    void array(Use use) {
        open('[');
        for (bool first = true; next_element(']', first); first = false) use();
    }

private:
    [[noreturn]] void fail() const;
    char peek();
    void open(char bracket);
    bool next_element(char close, bool first);
    std::string_view key(std::string& storage);
    /// The quotes too; `escaped` tells whether there is a backslash within.
    std::string_view raw_string(bool& escaped);
    std::string_view raw_scalar();

    const char* at_;
    const char* end_;
    std::string_view name_;
};

}  // namespace skiff
