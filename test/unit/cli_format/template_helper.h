#pragma once
#include <string>
#include <string_view>

#include "cli/format/template.h"
#include "util/error.h"

namespace skiff::cli::test {

/// A row with podman's shapes, and two methods.
inline OrderedJson sample() {
    return OrderedJson::parse(R"({
        "Name": "web", "Count": 3, "Ratio": 2.5, "Zero": 0, "On": true, "Off": false, "Empty": "", "None": null,
        "List": ["a", "b", "c"], "Numbers": [1, 2, 3], "NoList": [], "Labels": {"b": "2", "a": "1"},
        "State": {"Status": "running", "Pid": 42, "Health": {"Log": []}},
        "Mounts": [{"Source": "/x", "Destination": "/y"}, {"Source": "/z", "Destination": "/w"}],
        "Networks": {"net": {"IPAddress": "10.0.0.2"}}
    })");
}

inline Methods sample_methods() {
    Methods methods;
    methods["ID"] = [](const OrderedJson& row, std::span<const OrderedJson>) { return OrderedJson("id-" + row.at("Name").get<std::string>()); };
    methods["Label"] = [](const OrderedJson& row, std::span<const OrderedJson> arguments) -> OrderedJson {
        if (arguments.size() != 1 || !arguments[0].is_string()) throw Error{ErrorKind::Invalid, "want one label name"};
        const auto& labels = row.at("Labels");
        const auto found = labels.find(arguments[0].get<std::string>());
        return found == labels.end() ? OrderedJson("") : *found;
    };
    return methods;
}

inline std::string run(std::string_view text, const OrderedJson& dot = sample(), const TemplateOptions& options = {}) {
    std::string out;
    Template::parse("t", text, options).execute(dot, out, sample_methods());
    return out;
}

/// The message of the Error that `text` gives; "no error: OUTPUT" when there is none.
inline std::string failure(std::string_view text, const TemplateOptions& options = {}) {
    try {
        return "no error: " + run(text, sample(), options);
    } catch (const Error& error) {
        return error.what();
    }
}

}  // namespace skiff::cli::test
