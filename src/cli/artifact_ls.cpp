#include <memory>
#include <string>

#include "cli/define_artifact.h"
#include "cli/format/listing.h"
#include "cli/image_row.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "image/artifact.h"
#include "image/image_store.h"
#include "libpod/runtime.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

constexpr std::size_t kShortDigestDigits = 12;

struct ArtifactListCall {
    std::string format;
    bool no_heading = false, no_trunc = false;
};

OrderedJson artifact_cells(const image::Artifact& artifact, bool whole_digest) {
    const auto reference = image::parse_reference(artifact.name);
    const auto now = now_nanos();
    return {{"Repository", reference.repository()},
            {"Tag", reference.tag},
            {"Digest", whole_digest ? artifact.digest.text() : std::string{artifact.digest.hex().substr(0, kShortDigestDigits)}},
            {"Created", artifact.created ? ago(*artifact.created, now) : "unknown"},
            {"Size", human_size(static_cast<std::int64_t>(artifact.size()))},
            {"VirtualSize", artifact.size()}};
}

}  // namespace

void define_artifact_ls(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ArtifactListCall>();
    add_string(command, "--format", call->format, "TEMPLATE", "json, or a Go template");
    add_flag(command, "--no-trunc", call->no_trunc, "Whole digests");
    add_flag(command, "-n,--noheading", call->no_heading, "No headings");
    invocation.action = [call](libpod::Runtime& runtime) {
        Listing listing{.name = "artifact ls",
                        .default_template = "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.Created}}\t{{.Size}}",
                        .headers = {{"VirtualSize", "VIRTUAL SIZE"}},
                        .rows = {},
                        .methods = {}};
        for (const auto& artifact : image::ArtifactStore{runtime.images().root()}.list()) listing.rows.push_back(artifact_cells(artifact, call->no_trunc));
        print_listing(listing, {.format = call->format, .no_heading = call->no_heading});
        return 0;
    };
}

}  // namespace skiff::cli
