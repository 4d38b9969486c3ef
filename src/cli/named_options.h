#pragma once
/// A registry that keeps only the options which a command line can be naming. `run` has 150, CLI11 compares each with all
/// before it, and a call names five. Too many are kept rather than one too few: whether a word is an option or another
/// one's value shows only later.

#include <CLI/App.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::cli {

class NamedOptions : public CLI::App {
public:
    /// `words` are read at once; they need not outlive the call.
    explicit NamedOptions(const std::vector<std::string>& words);

    /// `names` as for add_flag() and its kin. True for the name of an argument, too.
    bool may_be_named(std::string_view names) const;
    /// What stands for every option that is not kept: it never counts as given.
    CLI::Option* stand_in() noexcept { return stand_in_; }

private:
    std::vector<std::string> long_names_;   ///< without dashes and values, sorted
    std::array<bool, 256> letters_{};
    CLI::App others_;
    CLI::Option* stand_in_;
};

}  // namespace skiff::cli
