#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/manifest_lookup.h"
#include "cli/options.h"
#include "image/image_store.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

image::Reference new_name(const std::string& text) {
    auto name = image::normalize_reference(text, image::Default::Localhost);
    if (name.digest) throw Error{ErrorKind::Invalid, concat("invalid image name ", quote(text), ": a name to give has no digest")};
    return name;
}

int tag(libpod::Runtime& runtime, const std::vector<std::string>& words) {
    if (words.size() < 2) throw Error{ErrorKind::Invalid, "an image and at least one name are wanted"};
    const auto& store = runtime.images();
    std::vector<image::Reference> names;
    for (std::size_t i = 1; i < words.size(); ++i) names.push_back(new_name(words[i]));
    if (const auto index = index_meant(store, words.front())) {
        for (const auto& name : names) image::IndexStore{store.db()}.tag(index->id, name);
        return 0;
    }
    const auto id = store.find(words.front()).id;
    for (const auto& name : names) store.tag(id, name);
    return 0;
}

}  // namespace

void define_tag(CLI::App& command, Invocation& invocation) {
    auto words = std::make_shared<std::vector<std::string>>();
    add_arguments(command, "IMAGE NAME", *words, /*required=*/true);
    invocation.action = [words](libpod::Runtime& runtime) { return tag(runtime, *words); };
}

}  // namespace skiff::cli
