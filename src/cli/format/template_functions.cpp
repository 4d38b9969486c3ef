#include "cli/format/template_functions.h"

#include <algorithm>
#include <array>
#include <limits>

#include "cli/format/go_string.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli::tmpl {
namespace {

using Arguments = std::span<const Value>;
using Context = FunctionContext;

[[noreturn]] void fail(std::string message) { throw Error{ErrorKind::Invalid, std::move(message)}; }

const std::string& string_argument(const Value& value) {
    if (!value.is_string()) fail(concat("wrong type for value; expected string; got ", type_name(value)));
    return value.text();
}

std::int64_t int_argument(const Value& value) {
    const OrderedJson& json = value.json();
    if (!json.is_number_integer()) fail(concat("wrong type for value; expected int; got ", type_name(value)));
    if (json.is_number_unsigned() && json.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
        fail("integer overflow");
    return json.get<std::int64_t>();
}

std::size_t count_argument(const Value& value) {
    const std::int64_t count = int_argument(value);
    constexpr std::int64_t kMaxCount = 1'000'000;
    if (count < 0 || count > kMaxCount) fail(concat("count ", count, " is out of range (0 to ", kMaxCount, ")"));
    return static_cast<std::size_t>(count);
}

// Printing. ------------------------------------------------------------------------------------

Value print(Arguments arguments, const Context& context) {
    std::string out;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const bool space = i > 0 && !arguments[i].is_string() && !arguments[i - 1].is_string();
        if (space) out.push_back(' ');
        append_value(out, arguments[i], context.maps);
    }
    return Value::of(std::move(out));
}

Value println(Arguments arguments, const Context& context) {
    std::string out;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (i > 0) out.push_back(' ');
        append_value(out, arguments[i], context.maps);
    }
    return Value::of(out + '\n');
}

Value printf_function(Arguments arguments, const Context& context) {
    return Value::of(go_printf(string_argument(arguments[0]), arguments.subspan(1), context.maps, context.limit_bytes));
}

// Escaping. ------------------------------------------------------------------------------------

template <typename Escape>
Value escape_with(Arguments arguments, const Context& context, Escape escape) {
    const Value text = arguments.size() == 1 && arguments[0].is_string() ? arguments[0] : print(arguments, context);
    std::string out;
    for (const char c : text.text()) escape(out, c);
    return Value::of(std::move(out));
}

Value html(Arguments arguments, const Context& context) {
    return escape_with(arguments, context, [](std::string& out, char c) {
        switch (c) {
            case '"': out += "&#34;"; break;
            case '\'': out += "&#39;"; break;
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            default: out.push_back(c);
        }
    });
}

void append_hex(std::string& out, unsigned char byte) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    out += {kDigits[byte >> 4U], kDigits[byte & 0xFU]};
}

Value urlquery(Arguments arguments, const Context& context) {
    return escape_with(arguments, context, [](std::string& out, char c) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) out.push_back(c);
        else if (c == ' ') out.push_back('+');
        else out.push_back('%'), append_hex(out, static_cast<unsigned char>(c));
    });
}

Value js(Arguments arguments, const Context& context) {
    return escape_with(arguments, context, [](std::string& out, char c) {
        constexpr std::string_view kCoded = "<>&=";
        if (c == '\\' || c == '\'' || c == '"') out += {'\\', c};
        else if (kCoded.find(c) != std::string_view::npos || static_cast<unsigned char>(c) < 0x20)
            out += "\\u00", append_hex(out, static_cast<unsigned char>(c));
        else out.push_back(c);
    });
}

Value json(Arguments arguments, const Context&) { return Value::of(dump(arguments[0].json())); }

// Strings. -------------------------------------------------------------------------------------

Value map_letters(const Value& value, char first, char last, int offset) {
    std::string text = string_argument(value);
    for (char& c : text) c = c >= first && c <= last ? static_cast<char>(c + offset) : c;
    return Value::of(std::move(text));
}
Value lower_function(Arguments arguments, const Context&) { return map_letters(arguments[0], 'A', 'Z', 'a' - 'A'); }
Value upper_function(Arguments arguments, const Context&) { return map_letters(arguments[0], 'a', 'z', 'A' - 'a'); }

Value title(Arguments arguments, const Context&) {
    std::string text = string_argument(arguments[0]);
    bool inside = false;
    for (char& c : text) {
        if (!inside && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '\'';
        inside = letter || static_cast<unsigned char>(c) >= 0x80;
    }
    return Value::of(std::move(text));
}

Value pad(Arguments arguments, const Context&) {
    const std::string& text = string_argument(arguments[0]);
    const std::size_t before = count_argument(arguments[1]);
    const std::size_t after = count_argument(arguments[2]);
    if (text.empty()) return Value::of({});
    return Value::of(std::string(before, ' ') + text + std::string(after, ' '));
}

Value truncate(Arguments arguments, const Context&) {
    return Value::of(std::string{first_runes(string_argument(arguments[0]), count_argument(arguments[1]))});
}

Value split_function(Arguments arguments, const Context&) {
    std::string_view text = string_argument(arguments[0]);
    const std::string& separator = string_argument(arguments[1]);
    OrderedJson parts = OrderedJson::array();
    while (!text.empty() || !separator.empty()) {
        const std::size_t end = separator.empty() ? rune_size(text) : text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + separator.size());
    }
    return Value{std::move(parts)};
}

Value join_function(Arguments arguments, const Context& context) {
    if (!arguments[0].json().is_array() && !arguments[0].json().is_null())
        fail(concat("wrong type for value; expected a list; got ", type_name(arguments[0])));
    const std::string& separator = string_argument(arguments[1]);
    std::string out;
    bool first = true;
    for (const auto& element : arguments[0].json()) {
        if (!std::exchange(first, false)) out += separator;
        append_value(out, Value::refer(element), context.maps);
    }
    return Value::of(std::move(out));
}

// Collections. ---------------------------------------------------------------------------------

Value len(Arguments arguments, const Context&) {
    const Value& value = arguments[0];
    const OrderedJson& document = value.json();
    if (document.is_string()) return Value{OrderedJson(value.text().size())};
    if (document.is_array() || document.is_object()) return Value{OrderedJson(document.size())};
    // A list or map that podman has as nil has length 0.
    if (document.is_null() && value.is_json()) return Value{OrderedJson(0)};
    fail(concat("len of type ", type_name(value)));
}

Value index_list(const Value& list, const Value& key) {
    const std::int64_t at = int_argument(key);
    const std::size_t size = list.is_string() ? list.text().size() : list.json().size();
    if (at < 0 || static_cast<std::size_t>(at) >= size) fail(concat("index out of range: ", at));
    if (list.is_string()) return Value{OrderedJson(static_cast<unsigned char>(list.text()[static_cast<std::size_t>(at)]))};
    return list.part(list.json()[static_cast<std::size_t>(at)]);
}

/// A map gives the zero value of its element type for a key it does not have.
Value zero_element(const OrderedJson& map) {
    if (map.empty() || map.begin()->is_string()) return Value::of({});
    if (map.begin()->is_boolean()) return Value{OrderedJson(false)};
    if (map.begin()->is_number()) return Value{OrderedJson(0)};
    return Value{OrderedJson(nullptr)};
}

Value index_map(const Value& map, const Value& key, const Context& context) {
    const std::string& name = string_argument(key);
    const auto found = map.json().find(name);
    if (found == map.json().end()) return zero_element(map.json());
    const Value element = map.part(*found);
    return is_map_name(context.maps, {}, name) ? element.as_map() : element;
}

Value index_function(Arguments arguments, const Context& context) {
    Value value = arguments[0];
    for (const Value& key : arguments.subspan(1)) {
        const OrderedJson& document = value.json();
        if (document.is_object()) value = index_map(value, key, context);
        else if (document.is_array() || document.is_string()) value = index_list(value, key);
        else if (document.is_null() && value.is_map()) value = Value::of({});
        else if (document.is_null()) fail("index of untyped nil");
        else fail(concat("can't index item of type ", type_name(value)));
    }
    return value;
}

Value slice(Arguments arguments, const Context&) {
    const Value& value = arguments[0];
    const bool text = value.is_string();
    if (!text && !value.json().is_array()) fail(concat("can't slice item of type ", type_name(value)));
    const auto size = static_cast<std::int64_t>(text ? value.text().size() : value.json().size());
    const std::int64_t begin = arguments.size() > 1 ? int_argument(arguments[1]) : 0;
    const std::int64_t end = arguments.size() > 2 ? int_argument(arguments[2]) : size;
    if (begin < 0 || begin > size) fail(concat("index out of range: ", begin));
    if (end < 0 || end > size) fail(concat("index out of range: ", end));
    if (begin > end) fail(concat("invalid slice index: ", begin, " > ", end));
    if (text) return Value::of(value.text().substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
    return Value{OrderedJson(OrderedJson::array_t(value.json().begin() + begin, value.json().begin() + end))};
}

// Comparison. ----------------------------------------------------------------------------------

enum class Basic { Null, Bool, Number, String, Other };

Basic basic_kind(const Value& value) {
    const OrderedJson& document = value.json();
    if (document.is_null()) return Basic::Null;
    if (document.is_boolean()) return Basic::Bool;
    if (document.is_number()) return Basic::Number;
    return document.is_string() ? Basic::String : Basic::Other;
}

bool equal(const Value& left, const Value& right) {
    const Basic kind = basic_kind(left);
    const Basic other = basic_kind(right);
    if (kind == Basic::Other || other == Basic::Other) fail("non-comparable types in comparison");
    if (kind == Basic::Null || other == Basic::Null) return kind == other;
    if (kind != other) fail("incompatible types for comparison");
    return left.json() == right.json();
}

bool less(const Value& left, const Value& right) {
    const Basic kind = basic_kind(left);
    if (kind != Basic::Number && kind != Basic::String) fail("invalid type for comparison");
    if (kind != basic_kind(right)) fail("incompatible types for comparison");
    return left.json() < right.json();
}

Value boolean(bool value) { return Value{OrderedJson(value)}; }

Value eq(Arguments arguments, const Context&) {
    if (arguments.size() < 2) fail("missing argument for comparison");
    return boolean(std::any_of(arguments.begin() + 1, arguments.end(), [&](const Value& other) { return equal(arguments[0], other); }));
}
Value ne(Arguments arguments, const Context&) { return boolean(!equal(arguments[0], arguments[1])); }
Value lt(Arguments arguments, const Context&) { return boolean(less(arguments[0], arguments[1])); }
Value le(Arguments arguments, const Context&) { return boolean(!less(arguments[1], arguments[0])); }
Value gt(Arguments arguments, const Context&) { return boolean(less(arguments[1], arguments[0])); }
Value ge(Arguments arguments, const Context&) { return boolean(!less(arguments[0], arguments[1])); }
Value not_function(Arguments arguments, const Context&) { return boolean(!truth(arguments[0])); }

// ----------------------------------------------------------------------------------------------

constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();

struct Function {
    std::string_view name;
    std::size_t min;
    std::size_t max;
    /// A title among the arguments is the result: `len .Labels` is headed LABELS.
    bool keeps_title;
    Value (*call)(Arguments, const Context&);
};

constexpr std::array kFunctions{
    Function{"and", 1, kAny, true, nullptr},          Function{"eq", 1, kAny, true, eq},
    Function{"ge", 2, 2, true, ge},                   Function{"gt", 2, 2, true, gt},
    Function{"html", 1, kAny, false, html},           Function{"index", 1, kAny, true, index_function},
    Function{"join", 2, 2, true, join_function},      Function{"js", 1, kAny, false, js},
    Function{"json", 1, 1, true, json},               Function{"le", 2, 2, true, le},
    Function{"len", 1, 1, true, len},                 Function{"lower", 1, 1, true, lower_function},
    Function{"lt", 2, 2, true, lt},                   Function{"ne", 2, 2, true, ne},
    Function{"not", 1, 1, true, not_function},        Function{"or", 1, kAny, true, nullptr},
    Function{"pad", 3, 3, false, pad},                Function{"print", 0, kAny, false, print},
    Function{"printf", 1, kAny, false, printf_function}, Function{"println", 0, kAny, false, println},
    Function{"slice", 1, 3, true, slice},             Function{"split", 2, 2, true, split_function},
    Function{"title", 1, 1, true, title},             Function{"truncate", 2, 2, true, truncate},
    Function{"upper", 1, 1, true, upper_function},    Function{"urlquery", 1, kAny, false, urlquery},
};

const Function* find_function(std::string_view name) {
    const auto found = std::find_if(kFunctions.begin(), kFunctions.end(), [&](const Function& function) { return function.name == name; });
    return found == kFunctions.end() ? nullptr : &*found;
}

void check_count(const Function& function, std::size_t count) {
    if (count >= function.min && count <= function.max) return;
    const std::string want = concat(function.max == function.min ? "" : "at least ", function.min);
    fail(concat("wrong number of args for ", function.name, ": want ", want, " got ", count));
}

}  // namespace

bool is_function(std::string_view name) { return find_function(name) != nullptr; }

Value call_function(std::string_view name, std::span<const Value> arguments, const FunctionContext& context) {
    const Function& function = *find_function(name);
    check_count(function, arguments.size());
    if (function.keeps_title) {
        const auto heading = std::find_if(arguments.begin(), arguments.end(), [](const Value& value) { return value.kind() == Value::Kind::Title; });
        if (heading != arguments.end()) return *heading;
    }
    if (function.call == nullptr) fail(concat(name, " is evaluated by the template itself"));
    return function.call(arguments, context);
}

}  // namespace skiff::cli::tmpl
