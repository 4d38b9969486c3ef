#pragma once
/// Seccomp profiles as filter programs, compiled once per profile and kept in a cache directory.
///
/// Source: runtime-spec, config-linux.md, Seccomp; libseccomp's seccomp_rule_add(3); seccomp(2).

#include <linux/filter.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "oci/native/spec.h"

namespace skiff::oci::native {

struct SeccompProgram {
    std::vector<sock_filter> instructions;
    std::uint32_t flags = 0;  ///< SECCOMP_FILTER_FLAG_* for seccomp(2)
    bool notify = false;      ///< an action is SCMP_ACT_NOTIFY: the listener goes to listener_path
};

/// Compiles the profile. System calls that libseccomp does not know are passed over; anything else that is wrong
/// throws ConfigInvalid.
SeccompProgram compile_seccomp(const Seccomp& profile);

/// The same by way of the cache in `directory` (0700, made when missing): a file per profile, named by a hash of the
/// profile, this host's architecture and the compiler's version, believed only when it is ours, 0600 and whole.
/// A cache that cannot be used costs time, not correctness.
SeccompProgram cached_seccomp(const Seccomp& profile, const std::string& directory);

/// Whether system call `name` passes the profile whatever its arguments are. On the side of no: a rule with a condition counts against it.
bool allows_always(const Seccomp& profile, std::string_view name);
/// Whether the profile allows what the stub does between the filter and the program.
bool lets_stub_wait(const Seccomp& profile);

/// The action, operator, architecture and flag words that compile_seccomp knows (for `features`).
struct SeccompWords {
    std::vector<std::string> actions, operators, architectures, flags;
};
SeccompWords seccomp_words();

}  // namespace skiff::oci::native
