#include "oci/native/cgroup/unit_property.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>

#include "oci/native/errors.h"
#include "util/text.h"

namespace skiff::oci::native::cgroup {
namespace {

constexpr std::string_view kPrefix = "org.systemd.property.";

struct NumberType {
    std::string_view word;
    char type;
    std::int64_t least;
    std::uint64_t greatest;
};
constexpr NumberType kNumberTypes[] = {
    {"byte", 'y', 0, 255},
    {"int16", 'n', std::numeric_limits<std::int16_t>::min(), std::numeric_limits<std::int16_t>::max()},
    {"uint16", 'q', 0, std::numeric_limits<std::uint16_t>::max()},
    {"int32", 'i', std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()},
    {"uint32", 'u', 0, std::numeric_limits<std::uint32_t>::max()},
    {"int64", 'x', std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()},
    {"uint64", 't', 0, std::numeric_limits<std::uint64_t>::max()},
};

class TextReader {
public:
    TextReader(const std::string& name, std::string_view text) : name_{name}, text_{text} {}

    UnitProperty read() {
        UnitProperty property{name_, 0, take('['), {}};
        if (!property.array) {
            property.values.push_back(value(property.type));
        } else if (!take(']')) {
            do property.values.push_back(value(property.type));
            while (take(','));
            if (!take(']')) fail();
        } else {
            fail();  // the type of an empty array is not known
        }
        if (!rest().empty()) fail();
        return property;
    }

private:
    [[noreturn]] void fail() const {
        throw ConfigInvalid{concat("config: annotation ", kPrefix, name_, ": ", quote(std::string{whole_}), " is not a value that this runtime knows (a GVariant)")};
    }

    std::string_view rest() {
        while (text_.starts_with(' ')) text_.remove_prefix(1);
        return text_;
    }
    bool take(char c) {
        if (!rest().starts_with(c)) return false;
        text_.remove_prefix(1);
        return true;
    }
    std::string_view word() {
        rest();
        const auto end = std::min(text_.find_first_of(" ,]"), text_.size());
        const std::string_view found = text_.substr(0, end);
        text_.remove_prefix(end);
        return found;
    }

    UnitProperty::Value value(char& type) {
        char own = 0;
        UnitProperty::Value found = scalar(own);
        if (type != 0 && type != own) fail();  // as for '[1, "a"]'; a type is written before the first of an array only
        type = own;
        return found;
    }

    UnitProperty::Value scalar(char& type) {
        if (rest().starts_with('\'') || text_.starts_with('"')) {
            type = 's';
            return quoted();
        }
        const std::string_view first = word();
        if (first == "true" || first == "false") {
            type = 'b';
            return first == "true";
        }
        if (first == "double") return floating(word(), type);
        for (const NumberType& each : kNumberTypes) {
            if (first == each.word) array_type_ = &each;
            if (first == each.word) return number(word(), each, type);
        }
        if (array_type_ != nullptr) return number(first, *array_type_, type);
        if (first.find_first_of(".eE") != std::string_view::npos) return floating(first, type);
        return number(first, kNumberTypes[3], type);
    }

    std::string quoted() {
        const char mark = text_.front();
        std::string found;
        for (std::size_t at = 1; at < text_.size(); ++at) {
            if (text_[at] == mark) {
                text_.remove_prefix(at + 1);
                return found;
            }
            if (text_[at] == '\\' && ++at == text_.size()) break;
            found += text_[at];
        }
        fail();
    }

    UnitProperty::Value number(std::string_view digits, const NumberType& kind, char& type) const {
        type = kind.type;
        if (kind.least == 0) {
            const auto found = parse_uint(digits);
            if (!found || *found > kind.greatest) fail();
            return *found;
        }
        const auto found = parse_int(digits);
        if (!found || *found < kind.least || *found > static_cast<std::int64_t>(kind.greatest)) fail();
        return *found;
    }

    UnitProperty::Value floating(std::string_view digits, char& type) const {
        type = 'd';
        double found = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), found);
        if (error != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(found)) fail();
        return found;
    }

    const std::string& name_;
    std::string_view text_;
    std::string_view whole_ = text_;
    const NumberType* array_type_ = nullptr;
};

bool is_property_name(const std::string& name) {
    return name.size() >= 3 && std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

double as_double(const UnitProperty::Value& value) {
    return std::visit([](const auto& number) -> double {
        if constexpr (std::is_arithmetic_v<std::decay_t<decltype(number)>>) return static_cast<double>(number);
        else return -1;
    }, value);
}

/// systemd's files know TimeoutStopSec=, its bus TimeoutStopUSec.
void seconds_to_microseconds(UnitProperty& property) {
    if (!property.name.ends_with("Sec") || property.name.ends_with("USec")) return;
    const double seconds = property.array || property.type == 'b' ? -1 : as_double(property.values.front());
    if (seconds < 0 || seconds > 1e12) throw ConfigInvalid{concat("config: annotation ", kPrefix, property.name, " needs a number of seconds")};
    property.name.replace(property.name.size() - 3, 3, "USec");
    property.type = 't';
    property.values.front() = static_cast<std::uint64_t>(seconds * 1e6);
}

}  // namespace

std::vector<UnitProperty> unit_properties(const std::map<std::string, std::string>& annotations) {
    std::vector<UnitProperty> properties;
    for (const auto& [key, text] : annotations) {
        if (!key.starts_with(kPrefix)) continue;
        const std::string name = key.substr(kPrefix.size());
        if (!is_property_name(name)) throw ConfigInvalid{concat("config: annotation ", quote(key), " names no unit property")};
        properties.push_back(TextReader{name, text}.read());
        seconds_to_microseconds(properties.back());
    }
    return properties;
}

}  // namespace skiff::oci::native::cgroup
