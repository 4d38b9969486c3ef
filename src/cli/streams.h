#pragma once
/// Standard streams of run, start, attach and exec.

#include <optional>
#include <string>
#include <vector>

#include "libpod/container.h"

namespace skiff::libpod {
class Runtime;
}

namespace skiff::cli {

/// Which of the caller's descriptors an attached command uses.
struct StreamChoice {
    bool in = false;
    bool out = true;
    bool err = true;
};

/// -a stdin,stdout,stderr; without any: out and err, and in with --interactive. Throws Error{Invalid}.
StreamChoice choose_streams(const std::vector<std::string>& attach, bool interactive);

/// `detach_keys` nullopt: as containers.conf says.
libpod::AttachStreams attach_streams(const libpod::Runtime& runtime, StreamChoice choice,
                                     const std::optional<std::string>& detach_keys, bool sig_proxy);

/// -t with a standard input that is no terminal: a warning, as podman's.
void warn_without_terminal(bool terminal, bool interactive);

}  // namespace skiff::cli
