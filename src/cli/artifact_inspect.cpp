#include <memory>
#include <string>

#include "cli/define_artifact.h"
#include "cli/format/listing.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "image/artifact.h"
#include "image/image_store.h"
#include "libpod/runtime.h"
#include "util/json.h"

namespace skiff::cli {

void define_artifact_inspect(CLI::App& command, Invocation& invocation) {
    auto name = std::make_shared<std::string>();
    auto format = std::make_shared<std::string>();
    add_argument(command, "ARTIFACT", *name);
    add_string(command, "-f,--format", *format, "TEMPLATE", "json, or a Go template");
    invocation.action = [name, format](libpod::Runtime& runtime) {
        const auto artifact = image::ArtifactStore{runtime.images().root()}.find(*name);
        const OrderedJson document{{"Manifest", OrderedJson::parse(artifact.manifest)}, {"Name", artifact.name}, {"Digest", artifact.digest.text()}};
        if (format->empty() || is_json_format(*format)) {
            print_line(dump(document, 4));
            return 0;
        }
        Listing listing{.name = "artifact inspect", .default_template = {}, .headers = {}, .rows = {document}, .methods = {}};
        print_listing(listing, {.format = *format, .no_heading = true});
        return 0;
    };
}

}  // namespace skiff::cli
