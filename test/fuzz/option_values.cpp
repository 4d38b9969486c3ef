// Fuzzes the parsers of option values: mounts, environment files, limits. Built with clang++ -fsanitize=fuzzer; the corpus is
// replayed by the unit tests. The first byte chooses the parser.
#include "fuzz/option_values.h"

#include <cstdlib>

#include "libpod/parse/values.h"
#include "util/csv.h"
#include "util/error.h"
#include "util/fd.h"

namespace skiff::libpod {
namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

/// What every accepted mount is, whatever was written.
void check_mount(const MountConfig& mount) {
    require(mount.destination.size() > 1 && mount.destination.front() == '/');
    require(mount.destination.find("/../") == std::string::npos && mount.destination.find('\0') == std::string::npos);
    require(mount.kind != MountKind::Bind || mount.source.front() == '/');
    require(!mount.subpath.starts_with("/") && !mount.subpath.starts_with("../"));
}

void check_env(std::string_view text) {
    const auto file = make_memfd("env", text, /*sealed=*/true);
    for (const auto& [name, value] : parse_env({"/proc/self/fd/" + std::to_string(file.get())}, {}, {"SECRET=x"})) {
        require(!name.empty() && name.find('=') == std::string::npos && value.find('\n') == std::string::npos);
    }
}

void parse_one(char which, std::string_view text) {
    switch (which) {
        case 'v': return check_mount(parse_volume(text, "/cwd"));
        case 'm': return check_mount(parse_mount(text, "/cwd").front());
        case 't': return check_mount(parse_tmpfs(text));
        case 'e': return check_env(text);
        case 'c': return require(!split_csv(text).empty());
        case 'u': return require(!parse_ulimit(text).name.empty());
        case 'd': return require(parse_device(text).host_path.front() == '/');
        case 's': return require(parse_sysctl(text).first.find('/') == std::string::npos);
        default: return check_user(text);
    }
}

}  // namespace

void fuzz_option_values(std::string_view input) {
    if (input.empty()) return;
    try {
        parse_one(input.front(), input.substr(1));
    } catch (const Error&) {
        // refusing is right; only a crash or a bad value accepted is a finding
    }
}

}  // namespace skiff::libpod

// Weak: the unit tests link several of these files, and call the functions above.
extern "C" __attribute__((weak)) int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    skiff::libpod::fuzz_option_values({reinterpret_cast<const char*>(data), size});
    return 0;
}
