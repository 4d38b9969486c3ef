#include "cli/options.h"

// All of CLI11, once: App.hpp alone leaves its formatter and configuration classes undefined.
#include <CLI/CLI.hpp>

#include "cli/named_options.h"
#include "cli/needless_flags.h"
#include "cli/parse.h"
#include "util/csv.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

constexpr const char* kWhole = "a whole number of 0 or more";

std::optional<std::uint32_t> parse_uint32(std::string_view text) {
    const auto number = parse_uint(text);
    if (!number || *number > UINT32_MAX) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

// "-t,--time" as the user may have typed it: the long name.
std::string shown_name(const std::string& names) {
    for (const std::string& name : split(names, ',')) {
        if (name.starts_with("--")) return name;
    }
    return names;
}

/// Not null when nobody can be naming the option in this registry.
CLI::Option* stand_in_for(CLI::App& command, const std::string& names) {
    auto* const partial = dynamic_cast<NamedOptions*>(&command);
    return partial == nullptr || partial->may_be_named(names) ? nullptr : partial->stand_in();
}

CLI::Option* add_value(CLI::App& command, const std::string& names, CLI::callback_t take, const std::string& placeholder,
                       const std::string& description) {
    if (CLI::Option* stand_in = stand_in_for(command, names)) return stand_in;
    CLI::Option* option = command.add_option(names, std::move(take), description);
    option->type_name(placeholder)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    return option->allow_extra_args(false);
}

CLI::Option* add_values(CLI::App& command, const std::string& names, CLI::callback_t take,
                        const std::string& placeholder, const std::string& description) {
    if (CLI::Option* stand_in = stand_in_for(command, names)) return stand_in;
    CLI::Option* option = command.add_option(names, std::move(take), description);
    option->type_name(placeholder)->expected(1, CLI::detail::expected_max_vector_size);
    return option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
}

CLI::Option* add_bool(CLI::App& command, const std::string& names, std::function<void(bool)> take,
                      const std::string& description) {
    if (CLI::Option* stand_in = stand_in_for(command, names)) return stand_in;
    CLI::callback_t take_last = [take = std::move(take), name = shown_name(names)](const CLI::results_t& results) {
        take(parse_bool(name, results.back()));
        return true;
    };
    CLI::Option* option = command.add_option(names, std::move(take_last), description);
    return option->type_size(0)->expected(0)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

template <typename Number, typename Parse>
CLI::Option* add_number(CLI::App& command, const std::string& names, Number& value, Parse parse,
                        const char* what, const std::string& placeholder, const std::string& description) {
    if (CLI::Option* stand_in = stand_in_for(command, names)) return stand_in;
    CLI::callback_t take = [&value, parse, what, name = shown_name(names)](const CLI::results_t& results) {
        const auto number = parse(results.back());
        if (!number) throw Error{ErrorKind::Invalid, concat(name, ": ", quote(results.back()), " is not ", what)};
        value = *number;
        return true;
    };
    return add_value(command, names, std::move(take), placeholder, description);
}

}  // namespace

CLI::Option* add_flag(CLI::App& command, const std::string& names, bool& value, const std::string& description) {
    return add_bool(command, names, [&value](bool given) { value = given; }, description);
}

CLI::Option* add_flag(CLI::App& command, const std::string& names, std::optional<bool>& value,
                      const std::string& description) {
    return add_bool(command, names, [&value](bool given) { value = given; }, description);
}

CLI::Option* add_string(CLI::App& command, const std::string& names, std::string& value,
                        const std::string& placeholder, const std::string& description) {
    CLI::callback_t take = [&value](const CLI::results_t& results) {
        value = results.back();
        return true;
    };
    return add_value(command, names, std::move(take), placeholder, description);
}

CLI::Option* add_string(CLI::App& command, const std::string& names, std::optional<std::string>& value,
                        const std::string& placeholder, const std::string& description) {
    CLI::callback_t take = [&value](const CLI::results_t& results) {
        value = results.back();
        return true;
    };
    return add_value(command, names, std::move(take), placeholder, description);
}

CLI::Option* add_int(CLI::App& command, const std::string& names, std::optional<std::int64_t>& value,
                     const std::string& placeholder, const std::string& description) {
    return add_number(command, names, value, parse_int, "a whole number", placeholder, description);
}

CLI::Option* add_uint(CLI::App& command, const std::string& names, std::optional<std::uint64_t>& value,
                      const std::string& placeholder, const std::string& description) {
    return add_number(command, names, value, parse_uint, kWhole, placeholder, description);
}

CLI::Option* add_uint(CLI::App& command, const std::string& names, std::optional<std::uint32_t>& value,
                      const std::string& placeholder, const std::string& description) {
    return add_number(command, names, value, parse_uint32, kWhole, placeholder, description);
}

CLI::Option* add_uint(CLI::App& command, const std::string& names, std::uint32_t& value,
                      const std::string& placeholder, const std::string& description) {
    return add_number(command, names, value, parse_uint32, kWhole, placeholder, description);
}

CLI::Option* add_float(CLI::App& command, const std::string& names, std::optional<double>& value,
                       const std::string& placeholder, const std::string& description) {
    return add_number(command, names, value, parse_double, "a number", placeholder, description);
}

CLI::Option* add_list(CLI::App& command, const std::string& names, std::vector<std::string>& values,
                      const std::string& placeholder, const std::string& description) {
    CLI::callback_t take = [&values](const CLI::results_t& results) {
        values.insert(values.end(), results.begin(), results.end());
        return true;
    };
    return add_values(command, names, std::move(take), placeholder, description);
}

CLI::Option* add_list_csv(CLI::App& command, const std::string& names, std::vector<std::string>& values,
                          const std::string& placeholder, const std::string& description) {
    CLI::callback_t take = [&values, name = shown_name(names)](const CLI::results_t& results) {
        in_context(name, [&] {
            for (const std::string& record : results) {
                // pflag: an empty value adds nothing.
                if (record.empty()) continue;
                for (std::string& field : split_csv(record)) values.push_back(std::move(field));
            }
        });
        return true;
    };
    return add_values(command, names, std::move(take), placeholder, description);
}

CLI::Option* add_callback(CLI::App& command, const std::string& names, std::function<void(const std::string&)> use,
                          const std::string& placeholder, const std::string& description) {
    CLI::callback_t take = [use = std::move(use)](const CLI::results_t& results) {
        for (const std::string& value : results) use(value);
        return true;
    };
    return add_values(command, names, std::move(take), placeholder, description);
}

CLI::Option* add_argument(CLI::App& command, const std::string& name, std::string& value, bool required) {
    return add_string(command, name, value, "", "")->required(required);
}

CLI::Option* add_arguments(CLI::App& command, const std::string& name, std::vector<std::string>& values,
                           bool required) {
    return add_list(command, name, values, "", "")->required(required);
}

CLI::Option* add_refused(CLI::App& command, const std::string& names, Takes takes, const std::string& reason) {
    if (CLI::Option* stand_in = stand_in_for(command, names)) return stand_in;
    const std::string name = shown_name(names);
    const auto refuse = [name, reason] {
        throw Error{ErrorKind::Unsupported, concat(name, " is not supported by this version: ", reason)};
    };
    const std::string description = concat("Refused: ", reason);
    if (takes == Takes::Nothing) {
        return add_bool(command, names, [refuse](bool given) { if (given) refuse(); }, description);
    }
    return add_callback(command, names, [refuse](const std::string&) { refuse(); }, "VALUE", description);
}

void add_needless(CLI::App& command, const std::string& name, const std::string& description, const std::string& reason) {
    if (stand_in_for(command, name) != nullptr) return;
    const auto check = [name, reason](bool given) {
        if (!given) throw Error{ErrorKind::Unsupported, concat(name, "=false is not supported by this version: ", reason)};
    };
    add_bool(command, name, check, description);
}

void add_content_trust_flag(CLI::App& command) {
    add_needless(command, "--disable-content-trust", "Do without content trust: there is none", "there is no content trust to switch on");
}

void add_refused(CLI::App& command, std::span<const Refused> options) {
    for (const Refused& refused : options) add_refused(command, refused.names, refused.takes, refused.reason);
}

}  // namespace skiff::cli
