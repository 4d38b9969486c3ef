#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/docker_words.h"
#include "cli/format/listing.h"
#include "cli/image_filter.h"
#include "cli/image_row.h"
#include "cli/invocation.h"
#include "cli/manifest_lookup.h"
#include "cli/options.h"
#include "cli/report.h"
#include "image/image_store.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

using image::ImageRecord;

struct ImagesCall {
    std::vector<std::string> names;
    std::vector<std::string> filters;
    std::string format, sort = "created";
    bool docker = false;
    bool all = false, digests = false, history = false, in_full = false, no_heading = false, quiet = false;
};

/// One line of the table.
struct Line {
    const ImageRecord* image;
    std::string name;  ///< empty: none
};

std::vector<Line> lines_of(const std::vector<ImageRecord>& images, const ImageFilter& filter) {
    std::vector<Line> lines;
    for (const auto& image : images) {
        const auto before = lines.size();
        for (const auto& name : image.names)
            if (filter.shows_name(name)) lines.push_back({&image, name});
        if (lines.size() == before) lines.push_back({&image, image.names.empty() && !image.repo_digests.empty() ? image.repo_digests.front() : ""});
    }
    return lines;
}

void sort_lines(std::vector<Line>& lines, const std::string& field) {
    const auto sort = [&](auto&& key) { std::ranges::stable_sort(lines, {}, key); };
    const auto repository = [](const Line& line) { return line.name.substr(0, line.name.rfind(':')); };
    if (field == "created") return;  // as the store lists them: newest first
    if (field == "id") return sort([](const Line& line) { return line.image->id; });
    if (field == "repository") return sort(repository);
    if (field == "size") return sort([](const Line& line) { return line.image->size; });
    if (field == "tag") return sort([](const Line& line) { return line.name.substr(line.name.rfind(':') + 1); });
    throw Error{ErrorKind::Invalid, concat("--sort: no field ", quote(field)), "created, id, repository, size or tag"};
}

void print_ids(const std::vector<Line>& lines, bool in_full) {
    std::set<std::string> seen;
    std::string text;
    for (const auto& line : lines)
        if (seen.insert(line.image->id).second) text += concat(in_full ? concat("sha256:", line.image->id) : short_id(line.image->id), "\n");
    print_output(text);
}

std::string table_of(const ImagesCall& call) {
    return concat("{{.Repository}}\t{{.Tag}}\t", call.digests ? "{{.Digest}}\t" : "", "{{.ID}}\t{{.Created}}\t{{.Size}}", call.history ? "\t{{.History}}" : "");
}

std::vector<OrderedJson> rows_of(const std::vector<Line>& lines, const std::map<std::string, int>& containers, bool as_json, bool whole_rows) {
    std::vector<OrderedJson> rows;
    std::set<std::string> seen;
    for (const auto& line : lines) {
        const auto found = containers.find(line.image->id);
        const int count = found == containers.end() ? 0 : found->second;
        if (!as_json) {
            rows.push_back(image_row(*line.image, line.name, count));
            if (!whole_rows) continue;
            const auto labels = line.image->parsed_config().labels;
            rows.back()["Labels"] = labels.empty() ? OrderedJson(nullptr) : OrderedJson(labels);
        } else if (seen.insert(line.image->id).second) {
            rows.push_back(image_json(*line.image, count));
        }
    }
    return rows;
}

int images(libpod::Runtime& runtime, const ImagesCall& call) {
    if (call.names.size() > 1) throw Error{ErrorKind::Invalid, concat("one image name at most, not ", call.names.size())};
    if (call.quiet && !call.format.empty()) throw Error{ErrorKind::Invalid, "--quiet and --format exclude each other"};
    auto filters = call.filters;
    for (const auto& name : call.names) filters.push_back(concat("reference=", name));
    const auto& store = runtime.images();
    const ImageFilter filter{store, filters};
    auto found = store.list();
    for (const auto& index : image::IndexStore{store.db()}.list()) found.push_back(index_record(index));
    std::ranges::stable_sort(found, std::greater{}, &ImageRecord::created_at);
    std::erase_if(found, [&](const ImageRecord& image) {
        return !filter.matches(image) || (!call.all && !filter.names_intermediate() && is_intermediate(store, image));
    });
    auto lines = lines_of(found, filter);
    sort_lines(lines, call.sort);
    if (call.quiet) {
        print_ids(lines, call.in_full);
        return 0;
    }
    auto by_id = std::make_shared<ImagesById>();
    for (const auto& image : found) by_id->emplace(image.id, &image);
    const bool whole_rows = call.format.find("json") != std::string::npos;  // {{json .}} shows what is otherwise read when it is asked for
    const bool documents = is_json_format(call.format) && !call.docker;
    Listing listing{.name = "images", .default_template = table_of(call), .headers = image_headers(),
                    .rows = rows_of(lines, store.container_counts(), documents, whole_rows), .methods = image_methods(by_id, call.in_full)};
    const ListingOptions options{.format = call.format, .no_heading = call.no_heading, .json_indent = 4};
    if (call.docker) dress_images(listing);
    print_listing(listing, call.docker ? docker_options(options) : options);
    return 0;
}

}  // namespace

void define_images(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ImagesCall>();
    call->docker = invocation.environment.called_as_docker;
    add_arguments(command, "IMAGE", call->names);
    add_flag(command, "-a,--all", call->all, "Intermediate images too");
    add_flag(command, "--digests", call->digests, "Show digests");
    add_list(command, "-f,--filter", call->filters, "KEY=VALUE", "Images that match");
    add_string(command, "--format", call->format, "FORMAT", "json, a Go template, or table TEMPLATE");
    add_flag(command, "--history", call->history, "Show the names that images had before");
    add_flag(command, "--no-trunc,--notruncate", call->in_full, "Whole IDs");
    add_flag(command, "-n,--noheading", call->no_heading, "No headings");
    add_flag(command, "-q,--quiet", call->quiet, "IDs only");
    add_string(command, "--sort", call->sort, "FIELD", "created, id, repository, size or tag");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return images(runtime, *call); };
}

}  // namespace skiff::cli
