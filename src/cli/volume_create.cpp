#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/parse/values.h"
#include "libpod/runtime.h"
#include "libpod/volume/volume.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct CreateVolumeCall {
    libpod::VolumeRequest request;
    std::vector<std::string> names, labels, options;
    std::optional<std::uint32_t> uid, gid;
};

int create_volume_asked(libpod::Runtime& runtime, CreateVolumeCall call) {
    if (call.names.size() > 1) throw Error{ErrorKind::Invalid, concat("one volume name is wanted, not ", call.names.size(), " arguments")};
    if (!call.names.empty()) call.request.name = call.names.front();
    call.request.labels = libpod::parse_labels({}, call.labels);
    for (const auto& option : call.options) {
        const auto pair = split_once(option, '=');
        call.request.options.emplace_back(pair ? pair->first : option, pair ? pair->second : "");
    }
    call.request.uid = call.uid;
    call.request.gid = call.gid;
    print_line(libpod::create_volume(runtime, call.request).name);
    return 0;
}

}  // namespace

void define_volume_create(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<CreateVolumeCall>();
    add_arguments(command, "NAME", call->names);
    add_string(command, "-d,--driver", call->request.driver, "DRIVER", "local (default) or image");
    add_uint(command, "--gid", call->gid, "GID", "Group of the volume");
    add_flag(command, "--ignore", call->request.ignore, "A volume of that name is no failure");
    add_list(command, "-l,--label", call->labels, "KEY=VALUE", "Add a label");
    add_list(command, "-o,--opt", call->options, "KEY=VALUE", "Option of the driver: type, device, o, nocopy, image");
    add_uint(command, "--uid", call->uid, "UID", "Owner of the volume");
    invocation.action = [call](libpod::Runtime& runtime) { return create_volume_asked(runtime, *call); };
}

}  // namespace skiff::cli
