#pragma once
/// Words of a command line, taken apart by a table: small, because this program starts once per container operation.

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace skiff::oci::native {

struct OptionSpec {
    const char* name;        ///< long name without dashes
    char letter;             ///< '\0': none
    bool takes_value;
    const char* help;
};

/// Thrown where the words ask for help: what the table says of the options.
struct HelpWanted {
    std::string options;
};

class Options {
public:
    /// Reads options from `words` up to the first operand (or "--"); with `anywhere`, between operands too.
    /// Throws Error{Invalid} for unknown options and missing values, HelpWanted for --help where the table has it not.
    Options(const std::vector<OptionSpec>& table, const std::vector<std::string>& words, bool anywhere);

    bool has(const std::string& name) const { return values_.contains(name); }
    std::string get(const std::string& name, std::string fallback = {}) const;
    std::vector<std::string> all(const std::string& name) const;
    const std::vector<std::string>& operands() const noexcept { return operands_; }

private:
    void take(const std::vector<OptionSpec>& table, const std::vector<std::string>& words, std::size_t& at);

    std::map<std::string, std::vector<std::string>> values_;
    std::vector<std::string> operands_;
};

/// "  -b, --bundle VALUE   where the bundle is" lines.
std::string option_help(const std::vector<OptionSpec>& table);

}  // namespace skiff::oci::native
