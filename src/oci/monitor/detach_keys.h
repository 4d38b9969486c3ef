#pragma once
/// The key sequence that leaves an attached container running.

#include <string>
#include <string_view>

namespace skiff::oci::monitor {

/// Looks for the sequence in what is typed. A beginning of it is held back until the next key decides.
class DetachFilter {
public:
    /// `sequence` as parse_detach_keys gives it; empty: everything passes.
    explicit DetachFilter(std::string sequence) : sequence_{std::move(sequence)} {}

    /// Appends to `out` what passes. True when the sequence was completed; the rest of `input` is dropped.
    bool feed(std::string_view input, std::string& out);

private:
    std::string sequence_;
    std::string held_;  ///< always a proper prefix of sequence_
};

}  // namespace skiff::oci::monitor
