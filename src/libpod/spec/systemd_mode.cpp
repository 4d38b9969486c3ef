#include "libpod/spec/systemd_mode.h"

#include <algorithm>
#include <array>
#include <span>

#include "util/error.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

bool is_service_manager(std::string_view program) {
    static constexpr std::array<std::string_view, 3> kInits{"/sbin/init", "/usr/sbin/init", "/usr/local/sbin/init"};
    return std::find(kInits.begin(), kInits.end(), program) != kInits.end() || program.substr(program.rfind('/') + 1) == "systemd";
}

}  // namespace

bool is_systemd_mode(std::string_view mode, const std::vector<std::string>& argv) {
    if (mode == "always") return true;
    if (mode == "false") return false;
    if (mode != "true") throw Error{ErrorKind::Invalid, concat("--systemd ", quote(mode), " is no mode"), "true, false or always"};
    const bool in_shell = argv.size() > 2 && argv[0] == "/bin/sh" && argv[1] == "-c";
    return !argv.empty() && is_service_manager(argv[in_shell ? 2 : 0]);
}

}  // namespace skiff::libpod
