#pragma once
/// Seccomp profiles in the format that docker and containers-common share, resolved for one container.
///
/// A profile names rules with conditions (capabilities, architectures, kernel); resolving keeps those that hold.
/// Source: seccomp.json(5) of containers-common; runtime-spec, config-linux.md, Seccomp.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpod/spec/inputs.h"

namespace skiff::libpod {

struct SeccompArgument {
    std::uint32_t index = 0;
    std::uint64_t value = 0, value_two = 0;
    std::string op;
};
struct SeccompRule {
    std::vector<std::string> names;
    std::string action;
    std::optional<std::uint32_t> errno_value;
    std::vector<SeccompArgument> arguments;
    std::vector<std::string> with_capabilities, without_capabilities;  ///< "CAP_…": all held, none held
    std::vector<std::string> with_architectures, without_architectures;  ///< Go's names
    std::string least_kernel;  ///< "5.9"; empty: any
};
struct SeccompArchitecture {
    std::string name;  ///< SCMP_ARCH_…
    std::vector<std::string> sub_architectures;
};
struct SeccompProfile {
    std::string default_action;
    std::optional<std::uint32_t> default_errno;
    std::vector<std::string> architectures;      ///< as listed, when the profile has no map
    std::vector<SeccompArchitecture> arch_map;
    std::vector<std::string> flags;
    std::string listener_path, listener_metadata;
    std::vector<SeccompRule> rules;
};

/// Throws Error{Invalid} naming `file` for what is no profile.
SeccompProfile parse_seccomp_profile(std::string_view text, std::string_view file);
/// The profile used when the host has none: the defaults that containers-common documents.
SeccompProfile builtin_seccomp_profile();

/// The profile file that stands in for the built-in profile on this host; empty when there is none.
std::string default_seccomp_file();
/// linux.seccomp as JSON text, for a container that holds `capabilities`.
std::string resolve_seccomp(const SeccompProfile& profile, const std::vector<std::string>& capabilities, const HostFacts& host);

}  // namespace skiff::libpod
