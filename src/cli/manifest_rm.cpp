#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/manifest_lookup.h"
#include "cli/manifest_rm.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

void remove_index(const image::ImageStore& store, const image::ImageIndex& index) {
    image::IndexStore{store.db()}.remove(index.id);
    for (const auto& name : index.names) print_line(concat("Untagged: ", name));
    print_line(concat("Deleted: ", index.id));
}

void remove_index_name(const image::ImageStore& store, const image::ImageIndex& index, const std::string& word) {
    const auto reference = image::try_parse_reference(word);
    for (const auto& candidate : reference ? image::local_candidates(*reference) : std::vector<image::Reference>{}) {
        const auto name = candidate.text();
        if (index.names.size() < 2 || std::find(index.names.begin(), index.names.end(), name) == index.names.end()) continue;
        image::IndexStore{store.db()}.untag(name);
        return print_line(concat("Untagged: ", name));
    }
    remove_index(store, index);
}

void define_manifest_rm(CLI::App& command, Invocation& invocation) {
    auto names = std::make_shared<std::vector<std::string>>();
    auto ignore = std::make_shared<bool>(false);
    add_arguments(command, "LIST", *names, /*required=*/true);
    add_flag(command, "-i,--ignore", *ignore, "A list that does not exist is no failure");
    invocation.action = [names, ignore](libpod::Runtime& runtime) {
        Failures failures;
        for (const auto& name : *names)
            failures.attempt([&] {
                const image::IndexStore indexes{runtime.images().db()};
                if (*ignore && !indexes.try_find(name)) return;
                remove_index(runtime.images(), indexes.find(name));
            });
        return failures.any() && failures.count(ErrorKind::NotFound) == failures.count() ? 1 : failures.status();
    };
}

}  // namespace skiff::cli
