#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/format/listing.h"
#include "cli/image_mounts.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "image/image_store.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct ImageMountCall {
    std::vector<std::string> names;
    std::string format;
    bool all = false;
};

void list_mounts(libpod::Runtime& runtime, bool as_json) {
    OrderedJson documents = OrderedJson::array();
    std::string lines;
    for (const auto& id : mounted_images(runtime)) {
        const auto image = runtime.images().get(id);
        const auto path = image_mount_path(runtime, id).native();
        lines += concat(image.display_name(), "  ", path, "\n");
        documents.push_back({{"id", id}, {"Names", {image.manifest_digest.text()}}, {"Repositories", image.names}, {"mountpoint", path}});
    }
    print(as_json ? concat(dump(documents, /*indent=*/1), "\n") : lines);
}

void mount_one(libpod::Runtime& runtime, const image::ImageRecord& image, bool with_name) {
    const auto path = mount_image(runtime, image).native();
    print_line(with_name ? concat(image.display_name(), "  ", path) : path);
}

int image_mount(libpod::Runtime& runtime, const ImageMountCall& call) {
    if (!call.format.empty() && !is_json_format(call.format)) throw Error{ErrorKind::Invalid, concat("--format: ", quote(call.format), " is not \"json\"")};
    if (call.all && !call.names.empty()) throw Error{ErrorKind::Invalid, "--all takes no images besides"};
    if (!call.format.empty() && (call.all || !call.names.empty())) throw Error{ErrorKind::Invalid, "--format is for the list of mounts, without images"};
    if (!call.all && call.names.empty()) {
        list_mounts(runtime, !call.format.empty());
        return 0;
    }
    Failures failures;
    const auto& store = runtime.images();
    if (call.all)
        for (const auto& image : store.list()) failures.attempt([&] { mount_one(runtime, image, /*with_name=*/true); });
    for (const auto& name : call.names) failures.attempt([&] { mount_one(runtime, store.find(name), call.names.size() > 1); });
    return failures.status();
}

struct ImageUnmountCall {
    std::vector<std::string> names;
    bool all = false, force = false;
};

int image_unmount(libpod::Runtime& runtime, const ImageUnmountCall& call) {
    if (call.all == !call.names.empty()) throw Error{ErrorKind::Invalid, "either images or --all is wanted"};
    Failures failures;
    const auto unmount_id = [&](const std::string& id) {
        if (unmount_image(runtime, id, call.force)) print_line(id);
    };
    if (call.all)
        for (const auto& id : mounted_images(runtime)) failures.attempt([&] { unmount_id(id); });
    for (const auto& name : call.names) failures.attempt([&] { unmount_id(runtime.images().find(name).id); });
    return failures.status();
}

}  // namespace

void define_image_mount(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ImageMountCall>();
    add_arguments(command, "IMAGE", call->names);
    add_flag(command, "-a,--all", call->all, "Every image");
    add_string(command, "--format", call->format, "FORMAT", "json");
    invocation.action = [call](libpod::Runtime& runtime) { return image_mount(runtime, *call); };
}

void define_image_unmount(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ImageUnmountCall>();
    add_arguments(command, "IMAGE", call->names);
    add_flag(command, "-a,--all", call->all, "Every image that is mounted");
    add_flag(command, "-f,--force", call->force, "Detach a mount that is in use");
    invocation.action = [call](libpod::Runtime& runtime) { return image_unmount(runtime, *call); };
}

}  // namespace skiff::cli
