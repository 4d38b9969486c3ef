#pragma once
/// Values while a template runs, and how Go prints and compares them. Private to the engine.
/// Source: Go package fmt, "Printing"; text/template, "Actions".

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/format/value.h"

namespace skiff::cli::tmpl {

/// A JSON value with what JSON does not say of it.
class Value {
public:
    enum class Kind {
        Missing,  ///< a key that a map does not have: prints `<no value>`
        Json,
        Title,    ///< a column's title, standing for the column's values while the heading is made
    };

    Value() = default;
    /// Owns a copy.
    explicit Value(OrderedJson json);
    static Value of(std::string text) { return Value{OrderedJson(std::move(text))}; }
    /// Refers to `json`, which outlives the execution.
    static Value refer(const OrderedJson& json);
    static Value title(std::string text);

    Kind kind() const { return kind_; }
    bool is_json() const { return kind_ == Kind::Json; }
    /// null for Missing; the text for a Title.
    const OrderedJson& json() const { return *json_; }

    /// The element or member `json` of this value, sharing its owner.
    Value part(const OrderedJson& json) const;
    Value as_map() const { return with(&Value::map_); }
    Value as_row() const { return with(&Value::row_); }
    /// `name` outlives the value.
    Value as_member(std::string_view parent, std::string_view name) const;
    bool is_map() const { return map_; }
    /// The methods apply.
    bool is_row() const { return row_; }
    /// Of the member that this was taken from; empty where that is not known.
    std::string_view name() const { return name_; }
    Value as_time() const { return with(&Value::time_); }
    /// RFC 3339, which Go prints in its own way; see go_time_value.h.
    bool is_time() const { return time_; }
    /// Nanoseconds, which Go prints as "1m30s".
    bool is_duration() const { return duration_; }

    bool is_string() const { return kind_ != Kind::Missing && json_->is_string(); }
    const std::string& text() const { return json_->get_ref<const std::string&>(); }

private:
    Value with(bool Value::* flag) const {
        Value copy = *this;
        copy.*flag = true;
        return copy;
    }
    static const OrderedJson& null();

    Kind kind_ = Kind::Missing;
    std::shared_ptr<const OrderedJson> owner_;
    const OrderedJson* json_ = &null();
    bool map_ = false;
    bool row_ = false;
    bool duration_ = false;
    bool time_ = false;
    std::string_view name_;
};

/// Not false, 0, "", null, empty or missing.
bool truth(const Value& value);

/// A map's or object's members, as Go ranges over them: by key.
std::vector<std::pair<std::string_view, const OrderedJson*>> sorted_members(const OrderedJson& object);

/// %v. `maps` tells maps from structs below the value.
void append_value(std::string& out, const Value& value, const MapNames& maps);
/// What an action prints: as %v, but `<no value>` for Missing.
void append_result(std::string& out, const Value& value, const MapNames& maps);
/// Go's name of the value's type (%T).
std::string type_name(const Value& value);

/// Whether the member `key` of a parent called `parent` is a map.
bool is_map_name(const MapNames& maps, std::string_view parent, std::string_view key);

/// fmt.Sprintf. Throws Error{Invalid} only when the result grows over `limit_bytes`.
std::string go_printf(std::string_view format, std::span<const Value> arguments, const MapNames& maps, std::size_t limit_bytes);

/// A float as %v shows it.
std::string go_float(double value);

}  // namespace skiff::cli::tmpl
