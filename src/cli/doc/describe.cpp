#include "cli/doc/describe.h"

#include <CLI/App.hpp>

#include <algorithm>

namespace skiff::cli {
namespace {

/// An option that is known only to be refused with a reason is no part of the manual.
bool is_refused(const CLI::Option& option) { return option.get_description().starts_with("Refused"); }

OptionDescription described(const CLI::Option& option) {
    OptionDescription out;
    out.long_names = option.get_lnames();
    out.short_names = option.get_snames();
    out.takes_value = option.get_items_expected_max() != 0;
    out.value_optional = out.takes_value && option.get_items_expected_min() == 0;
    out.repeatable = out.takes_value && option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
    out.hidden = option.get_group().empty() || is_refused(option);
    if (out.takes_value) out.placeholder = option.get_type_name();
    out.text = option.get_description();
    return out;
}

/// Some options have a letter only.
const std::string& sort_key(const OptionDescription& option) {
    return option.long_names.empty() ? option.short_names.front() : option.long_names.front();
}

OrderedJson as_json(const OptionDescription& option) {
    return {{"names", option.long_names}, {"short", option.short_names},       {"value", option.takes_value ? option.placeholder : ""},
            {"takes_value", option.takes_value}, {"repeatable", option.repeatable}, {"hidden", option.hidden}};
}

}  // namespace

std::vector<OptionDescription> describe_options(const CLI::App& app) {
    std::vector<OptionDescription> options;
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_positional()) continue;
        options.push_back(described(*option));
    }
    std::sort(options.begin(), options.end(), [](const auto& left, const auto& right) { return sort_key(left) < sort_key(right); });
    return options;
}

OrderedJson describe(const CLI::App& app) {
    OrderedJson document{{"name", app.get_name()}, {"positionals", OrderedJson::array()}, {"options", OrderedJson::array()}};
    for (const CLI::Option* option : app.get_options()) {
        if (!option->get_positional()) continue;
        document["positionals"].push_back({{"name", option->get_name(true)},
                                           {"required", option->get_required()},
                                           {"repeatable", option->get_items_expected_max() > 1}});
    }
    for (const OptionDescription& option : describe_options(app)) document["options"].push_back(as_json(option));
    return document;
}

}  // namespace skiff::cli
