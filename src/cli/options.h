#pragma once
/// Registering options the way podman's users know them: one long name, perhaps a letter, a placeholder and
/// a sentence. CLI11 keeps the registry; parse.h reads the command line. Command files need only this header.
///
/// `names` is "-a,--all" or "--all"; further long names are undocumented aliases: "-t,--time,--timeout".
/// Source of names and types: podman's manual pages.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace skiff::cli {

/// `--all`, `--all=false`.
CLI::Option* add_flag(CLI::App& command, const std::string& names, bool& value, const std::string& description);
CLI::Option* add_flag(CLI::App& command, const std::string& names, std::optional<bool>& value,
                      const std::string& description);

/// One value, kept verbatim; the last one given counts.
CLI::Option* add_string(CLI::App& command, const std::string& names, std::string& value,
                        const std::string& placeholder, const std::string& description);
CLI::Option* add_string(CLI::App& command, const std::string& names, std::optional<std::string>& value,
                        const std::string& placeholder, const std::string& description);

/// One whole number.
CLI::Option* add_int(CLI::App& command, const std::string& names, std::optional<std::int64_t>& value,
                     const std::string& placeholder, const std::string& description);
CLI::Option* add_uint(CLI::App& command, const std::string& names, std::optional<std::uint64_t>& value,
                      const std::string& placeholder, const std::string& description);
CLI::Option* add_uint(CLI::App& command, const std::string& names, std::optional<std::uint32_t>& value,
                      const std::string& placeholder, const std::string& description);
CLI::Option* add_uint(CLI::App& command, const std::string& names, std::uint32_t& value,
                      const std::string& placeholder, const std::string& description);
CLI::Option* add_float(CLI::App& command, const std::string& names, std::optional<double>& value,
                       const std::string& placeholder, const std::string& description);

/// May be repeated; each value is one element, commas and all: `--env a=1,b=2`.
CLI::Option* add_list(CLI::App& command, const std::string& names, std::vector<std::string>& values,
                      const std::string& placeholder, const std::string& description);
/// May be repeated; each value is a CSV record: `--cap-add a,b`, `--sysctl '"a=1,2",b=3'`.
CLI::Option* add_list_csv(CLI::App& command, const std::string& names, std::vector<std::string>& values,
                          const std::string& placeholder, const std::string& description);

/// Calls `use` with each value given.
CLI::Option* add_callback(CLI::App& command, const std::string& names, std::function<void(const std::string&)> use,
                          const std::string& placeholder, const std::string& description);

/// The words after the options. `name` is shown in the usage: CONTAINER, IMAGE, COMMAND.
CLI::Option* add_argument(CLI::App& command, const std::string& name, std::string& value, bool required = true);
CLI::Option* add_arguments(CLI::App& command, const std::string& name, std::vector<std::string>& values,
                           bool required = false);

/// An option of podman's that this version cannot give an effect: using it is an error that says why
/// (Error{Unsupported}), never a silent nothing. `--name=false` of a refused flag is let through.
enum class Takes { Nothing, Value };
CLI::Option* add_refused(CLI::App& command, const std::string& names, Takes takes, const std::string& reason);
struct Refused {
    const char* names;
    Takes takes;
    const char* reason;
};
void add_refused(CLI::App& command, std::span<const Refused> options);

}  // namespace skiff::cli
