#include "cli/absent_commands.h"

#include <algorithm>
#include <iterator>

namespace skiff::cli {
namespace {

struct AbsentCommand {
    std::string_view path;
    std::string_view why;
};

constexpr std::string_view kHere = "skiff works on this machine only, without a daemon";
constexpr std::string_view kPods = "pods are not implemented";

constexpr AbsentCommand kAbsent[] = {
    {"auto-update", "not implemented; pull and run again"},
    {"build", "skiff builds no images; buildah does, and skiff pulls them from its store or an archive"},
    {"container checkpoint", "checkpoints need CRIU, which skiff does not use"},
    {"container restore", "checkpoints need CRIU, which skiff does not use"},
    {"container runlabel", "a label of an image is not run on the host"},
    {"farm", kHere},
    {"generate kube", kPods},
    {"generate systemd", "not implemented; --restart and skiff system boot start containers after a reboot"},
    {"image scp", "skiff works on this machine only; skiff save and skiff load carry an image over ssh"},
    {"image sign", "not implemented; skiff push --sign-by signs what it pushes"},
    {"kube", kPods},
    {"machine", "skiff runs on Linux itself and needs no virtual machine"},
    {"play", kPods},
    {"pod", kPods},
    {"quadlet", "not implemented"},
    {"system connection", kHere},
    {"system dial-stdio", kHere},
    {"system service", kHere},
    {"unshare", "skiff runs as root: there is no user namespace to enter"},
};

}  // namespace

std::string_view absence_of(std::string_view path) {
    const auto found = std::find_if(std::begin(kAbsent), std::end(kAbsent), [&](const AbsentCommand& absent) {
        return path == absent.path || (path.starts_with(absent.path) && path[absent.path.size()] == ' ');
    });
    return found == std::end(kAbsent) ? std::string_view{} : found->why;
}

}  // namespace skiff::cli
