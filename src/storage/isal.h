#pragma once
/// libisal.so.2 as far as it is used. Opened when needed (dlopen), as Debian has no static library of it: never in a process that
/// forks monitors. Internal to src/storage.

#include <isa-l/igzip_lib.h>

namespace skiff::storage {

struct Isal {
    decltype(&::isal_inflate_init) inflate_init = nullptr;
    decltype(&::isal_inflate_reset) inflate_reset = nullptr;
    decltype(&::isal_inflate) inflate = nullptr;
    decltype(&::isal_deflate_init) deflate_init = nullptr;
    decltype(&::isal_deflate) deflate = nullptr;
};

/// nullptr where it is not installed.
const Isal* isal_library();

}  // namespace skiff::storage
