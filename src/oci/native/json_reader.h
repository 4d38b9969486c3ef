#pragma once
/// A JSON value together with its place in the document, read strictly: a member of the wrong type or out of range
/// throws ConfigInvalid naming the place ("linux.resources.memory.limit"). Absent and null members are empty readers.

#include <concepts>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "oci/native/errors.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::oci::native {

/// A word of the configuration and the number that the kernel knows it by.
struct Word {
    const char* name;
    std::uint64_t value;
};

class JsonReader {
public:
    JsonReader(const Json* value, std::string place) : value_{value}, place_{std::move(place)} {}

    explicit operator bool() const noexcept { return value_ != nullptr && !value_->is_null(); }
    const std::string& place() const noexcept { return place_; }
    const Json& json() const noexcept { return *value_; }

    /// The member `key`; this must be an object (or empty).
    JsonReader operator[](const char* key) const;
    JsonReader require(const char* key) const;
    std::vector<JsonReader> elements() const;
    /// Every member of an object, by name.
    std::map<std::string, JsonReader> members() const;

    std::string text() const;
    bool boolean() const;
    template <std::integral Number>
    Number number() const {
        if (value_->is_number_unsigned()) {
            const auto wide = value_->get<std::uint64_t>();
            if (std::in_range<Number>(wide)) return static_cast<Number>(wide);
        } else if (value_->is_number_integer()) {
            const auto wide = value_->get<std::int64_t>();
            if (std::in_range<Number>(wide)) return static_cast<Number>(wide);
        } else {
            fail("must be an integer");
        }
        fail("is out of range");
    }

    /// The value that `table` gives this text; another text is refused.
    template <std::size_t Count>
    std::uint64_t value_in(const std::array<Word, Count>& table) const {
        const std::string word = text();
        for (const Word& entry : table) {
            if (word == entry.name) return entry.value;
        }
        fail(concat("has the unknown value ", quote(word)));
    }

    void read(std::string& into) const { if (*this) into = text(); }
    void read(bool& into) const { if (*this) into = boolean(); }
    void read(std::optional<bool>& into) const { if (*this) into = boolean(); }
    template <std::integral Number>
    void read(Number& into) const { if (*this) into = number<Number>(); }
    template <std::integral Number>
    void read(std::optional<Number>& into) const { if (*this) into = number<Number>(); }
    void read(std::vector<std::string>& into) const;
    void read(std::map<std::string, std::string>& into) const;

    [[noreturn]] void fail(std::string_view why) const { throw ConfigInvalid{concat("config: ", place_, " ", why)}; }

private:
    const Json* value_;
    std::string place_;
};

}  // namespace skiff::oci::native
