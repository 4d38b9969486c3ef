/// The template engine with anything as template. The unit tests replay the corpus through fuzz_template(); a fuzzing engine
/// gets its entry with -DSKIFF_FUZZ_ENGINE: clang++ -fsanitize=fuzzer,address.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/format/listing.h"
#include "cli/format/template.h"
#include "util/error.h"

namespace {

using namespace skiff;
using namespace skiff::cli;

const OrderedJson& row() {
    static const OrderedJson document = OrderedJson::parse(R"({
        "Name": "web", "Count": 3, "Big": 18446744073709551615, "Low": -9223372036854775808, "Ratio": 2.5, "On": true, "None": null,
        "List": ["a", "b", 3, null, [1, 2], {"x": 1}], "NoList": [], "Labels": {"b": "2", "a": "\u00e9\n\t"}, "State": {"Status": "running", "Pid": 42}})");
    return document;
}

Methods methods() {
    Methods table;
    table["Label"] = [](const OrderedJson& object, std::span<const OrderedJson> names) -> OrderedJson {
        if (names.size() != 1 || !names[0].is_string()) throw Error{ErrorKind::Invalid, "want one label name"};
        return object.at("Labels").value(names[0].get<std::string>(), "");
    };
    return table;
}

void run_template(std::string_view text) {
    TemplateOptions options;
    options.limits = {20, 20'000, 100'000};
    std::string out;
    try {
        Template::parse("fuzz", text, options).execute(row(), out, methods());
    } catch (const Error& error) {
        // An error is one line and names its place.
        if (!std::string_view{error.what()}.starts_with("template: fuzz:")) __builtin_trap();
    }
}

void run_heading(std::string_view text) {
    TemplateOptions options;
    options.unescape_text = options.spaces_are_tabs = true;
    options.limits = {20, 20'000, 100'000};
    std::string out;
    try {
        Template::parse("fuzz", text, options).execute_titles([](std::string_view name) { return derived_header(name); }, out);
    } catch (const Error&) {
        return;
    }
}

}  // namespace

namespace skiff::test {

void fuzz_template(std::string_view text) {
    run_template(text);
    run_heading(text);
}

}  // namespace skiff::test

#ifdef SKIFF_FUZZ_ENGINE
// Weak: the unit tests link several of these files, and call the functions above.
extern "C" __attribute__((weak)) int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    skiff::test::fuzz_template({reinterpret_cast<const char*>(data), size});
    return 0;
}
#endif
