#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "image/image_index.h"
#include "image/image_store.h"
#include "libpod/runtime.h"
#include "util/digest.h"
#include "util/error.h"

namespace skiff::cli {

void define_manifest_remove(CLI::App& command, Invocation& invocation) {
    auto words = std::make_shared<std::vector<std::string>>();
    add_arguments(command, "LIST DIGEST", *words, /*required=*/true);
    invocation.action = [words](libpod::Runtime& runtime) {
        if (words->size() != 2) throw Error{ErrorKind::Invalid, "a list and the digest of one of its entries are wanted"};
        const image::IndexStore indexes{runtime.images().db()};
        const auto index = indexes.find(words->at(0));
        indexes.remove_entry(index.id, Digest::parse(words->at(1)));
        print_line(index.id);
        return 0;
    };
}

}  // namespace skiff::cli
