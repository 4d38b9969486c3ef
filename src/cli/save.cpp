#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/image_progress.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "image/jobs.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct SaveCommand {
    std::vector<std::string> images;
    std::string format = "docker-archive", output;
    bool several = false, quiet = false;
};

image::SaveFormat format_of(const std::string& text) {
    if (text == "docker-archive") return image::SaveFormat::DockerArchive;
    if (text == "oci-archive") return image::SaveFormat::OciArchive;
    if (text == "oci-dir") return image::SaveFormat::OciDirectory;
    if (text == "docker-dir") return image::SaveFormat::DockerDirectory;
    throw Error{ErrorKind::Invalid, concat("--format: no format ", quote(text)), "docker-archive, oci-archive, oci-dir or docker-dir"};
}

std::vector<std::string> name_of(const image::Found& found) { return found.by == image::FoundBy::Name ? std::vector<std::string>{found.name} : std::vector<std::string>{}; }

/// Each argument an image, one image under several names counted once.
std::vector<image::SaveRequest::Image> several_images(const image::ImageStore& store, const std::vector<std::string>& words) {
    std::vector<image::SaveRequest::Image> images;
    for (const auto& word : words) {
        const auto found = store.resolve(word);
        auto same = std::find_if(images.begin(), images.end(), [&](const auto& image) { return image.id == found.id; });
        if (same == images.end()) same = images.insert(images.end(), {found.id, {}});
        for (auto& name : name_of(found)) same->names.push_back(std::move(name));
    }
    return images;
}

/// The first argument is the image, the others are further names for it in the archive.
image::SaveRequest::Image one_image(const image::ImageStore& store, const std::vector<std::string>& words) {
    const auto found = store.resolve(words.front());
    image::SaveRequest::Image image{found.id, name_of(found)};
    for (std::size_t i = 1; i < words.size(); ++i) image.names.push_back(image::normalize_reference(words[i], image::Default::Localhost).text());
    return image;
}

int save(libpod::Runtime& runtime, const SaveCommand& command) {
    image::SaveRequest request;
    request.format = format_of(command.format);
    request.output = command.output;
    const bool directory = request.format == image::SaveFormat::OciDirectory || request.format == image::SaveFormat::DockerDirectory;
    if (directory && request.output.empty()) throw Error{ErrorKind::Invalid, concat("--format ", command.format, " writes a directory"), "name it with --output"};
    if (request.output.empty() && ::isatty(STDOUT_FILENO) != 0)
        throw Error{ErrorKind::Invalid, "standard output is a terminal: an archive is not for reading", "use --output FILE, or redirect"};
    if (command.several && request.format != image::SaveFormat::DockerArchive)
        throw Error{ErrorKind::Invalid, "--multi-image-archive is for --format docker-archive"};
    request.images = command.several ? several_images(runtime.images(), command.images) : std::vector{one_image(runtime.images(), command.images)};
    image::run_save(runtime.images(), request, image_progress(command.quiet || request.output.empty()));
    return 0;
}

}  // namespace

void define_save(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<SaveCommand>();
    add_arguments(command, "IMAGE", call->images, /*required=*/true);
    add_string(command, "--format", call->format, "FORMAT", "docker-archive (default), oci-archive, oci-dir or docker-dir");
    add_flag(command, "-m,--multi-image-archive", call->several, "Every argument is an image, not a further name of the first");
    add_string(command, "-o,--output", call->output, "FILE", "Write to a file or directory, not to standard output");
    add_flag(command, "-q,--quiet", call->quiet, "Show no progress");
    add_refused(command, "--compress", Takes::Nothing, "layers in directories are always compressed");
    add_refused(command, "--uncompressed", Takes::Nothing, "layers keep the compression that they came with");
    invocation.action = [call](libpod::Runtime& runtime) { return save(runtime, *call); };
}

}  // namespace skiff::cli
