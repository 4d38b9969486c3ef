#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "image/image_store.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

/// The image's own name that `text` means: "x" may be localhost/x or docker.io/library/x.
std::string own_name(const image::ImageRecord& image, const std::string& text) {
    const auto candidates = image::local_candidates(image::parse_reference(text));
    for (const auto& candidate : candidates)
        if (std::ranges::find(image.names, candidate.text()) != image.names.end()) return candidate.text();
    return candidates.front().text();
}

int untag(libpod::Runtime& runtime, const std::vector<std::string>& words) {
    const auto& store = runtime.images();
    const auto image = store.find(words.front());
    if (words.size() == 1) store.untag_all(image.id);
    for (std::size_t i = 1; i < words.size(); ++i) store.untag(image.id, own_name(image, words[i]));
    return 0;
}

}  // namespace

void define_untag(CLI::App& command, Invocation& invocation) {
    auto words = std::make_shared<std::vector<std::string>>();
    add_arguments(command, "IMAGE NAME", *words, /*required=*/true);
    invocation.action = [words](libpod::Runtime& runtime) { return untag(runtime, *words); };
}

}  // namespace skiff::cli
