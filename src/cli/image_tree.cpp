#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/format/listing.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "image/image_store.h"
#include "libpod/runtime.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct TreeCall {
    std::string name;
    bool what_requires = false;
};

/// Names of the images whose top layer this is.
std::vector<std::string> names_on_top(const std::vector<image::ImageRecord>& images, const Digest& chain_id) {
    std::vector<std::string> names;
    for (const auto& image : images)
        if (image.top_layer == chain_id) names.insert(names.end(), image.names.begin(), image.names.end());
    return names;
}

std::string layer_line(const std::vector<image::ImageRecord>& images, const storage::Layer& layer) {
    const auto names = names_on_top(images, layer.chain_id);
    return concat("ID: ", layer.chain_id.hex().substr(0, 12), " Size: ", human_size(static_cast<std::int64_t>(layer.size)),
                  names.empty() ? "" : concat(" Top Layer of: [", join(names, " "), "]"), "\n");
}

std::vector<Digest> layers_above(const image::ImageStore& store, const Digest& chain_id) {
    auto statement = store.db().prepare("SELECT chain_id FROM layer WHERE parent = ? ORDER BY created_at, chain_id");
    statement.bind(chain_id.text());
    std::vector<Digest> found;
    while (statement.step()) found.push_back(Digest::parse(statement.text(0)));
    return found;
}

/// Every layer above, each level further to the right.
void append_above(std::string& text, const image::ImageStore& store, const std::vector<image::ImageRecord>& images, const Digest& chain_id, const std::string& indent) {
    const auto above = layers_above(store, chain_id);
    for (std::size_t i = 0; i < above.size(); ++i) {
        const auto layer = store.layers().find(above[i]);
        if (!layer) continue;  // removed since
        const bool last = i + 1 == above.size();
        text += concat(indent, last ? "└── " : "├── ", layer_line(images, *layer));
        append_above(text, store, images, above[i], concat(indent, last ? "    " : "│   "));
    }
}

int tree(libpod::Runtime& runtime, const TreeCall& call) {
    const auto& store = runtime.images();
    const auto image = store.find(call.name);
    const auto images = store.list();
    std::string text = concat("Image ID: ", short_id(image.id), "\nTags:     [", join(image.names, " "), "]\nSize:     ", human_size(static_cast<std::int64_t>(image.size)), "\n");
    if (!image.top_layer) {
        print(concat(text, "No Image Layers\n"));
        return 0;
    }
    text += "Image Layers\n";
    auto chain = store.layers().chain(*image.top_layer);
    std::ranges::reverse(chain);
    // What is built on an image begins with its top layer.
    if (call.what_requires) chain.erase(chain.begin(), chain.end() - 1);
    for (std::size_t i = 0; i < chain.size(); ++i) text += concat(i + 1 == chain.size() ? "└── " : "├── ", layer_line(images, chain[i]));
    if (call.what_requires) append_above(text, store, images, *image.top_layer, "    ");
    print(text);
    return 0;
}

}  // namespace

void define_image_tree(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<TreeCall>();
    add_argument(command, "IMAGE", call->name);
    add_flag(command, "--whatrequires", call->what_requires, "Show what is built on this image");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return tree(runtime, *call); };
}

}  // namespace skiff::cli
