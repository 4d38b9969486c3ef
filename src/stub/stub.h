#pragma once
/// The embedded stub program (stub.c): a static executable of a few KB that needs no C library.
///
/// As `PATH [--] COMMAND [ARG...]` it is the `--init` process: PID 1 that reaps, forwards signals and leaves with the
/// command's exit status (127 not found, 126 cannot be executed). The embedded runtime also executes it from a sealed
/// memfd as the last stage of start and exec (message.h).

#include <string_view>

namespace skiff::stub {

/// The executable's bytes, for a file or memfd with mode 0755.
std::string_view init_stub_bytes();

}  // namespace skiff::stub
