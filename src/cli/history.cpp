#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/format/listing.h"
#include "cli/image_row.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "image/image_store.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

constexpr std::size_t kCommandWidth = 45;
constexpr const char* kMissing = "<missing>";

struct ImageHistoryCall {
    std::string name, format;
    bool human = true, in_full = false, quiet = false;
};

/// Sizes of the image's layers, bottom first.
std::vector<std::uint64_t> layer_sizes(const image::ImageStore& store, const image::ImageRecord& image) {
    std::vector<std::uint64_t> sizes;
    if (!image.top_layer) return sizes;
    for (const auto& layer : store.layers().chain(*image.top_layer)) sizes.insert(sizes.begin(), layer.size);
    return sizes;
}

/// One element a history entry, the newest first, as `--format json` shows them.
std::vector<OrderedJson> rows_of(const image::ImageStore& store, const image::ImageRecord& image) {
    const auto sizes = layer_sizes(store, image);
    std::vector<OrderedJson> rows;
    std::size_t layer = 0;
    for (const auto& entry : image.parsed_config().history) {
        const auto size = !entry.empty_layer && layer < sizes.size() ? sizes[layer] : 0;
        if (!entry.empty_layer) ++layer;
        OrderedJson row;
        row["id"] = kMissing;
        row["created"] = rfc3339(entry.created.value_or(0));
        row["CreatedBy"] = entry.created_by;
        row["size"] = size;
        if (!entry.comment.empty()) row["comment"] = entry.comment;
        rows.insert(rows.begin(), std::move(row));
    }
    if (!rows.empty()) rows.front()["id"] = image.id;
    return rows;
}

Methods history_methods(const ImageHistoryCall& call) {
    using Row = const OrderedJson&;
    using Arguments = std::span<const OrderedJson>;
    const auto now = now_nanos();
    const auto created_at = [](Row row, Arguments) -> OrderedJson { return row.at("created"); };
    const auto created_since = [now](Row row, Arguments) -> OrderedJson { return ago(parse_time(row.at("created").get<std::string>()).value_or(0), now); };
    const auto created_by = [full = call.in_full](Row row, Arguments) -> OrderedJson {
        const auto text = row.at("CreatedBy").get<std::string>();
        return full || text.size() <= kCommandWidth ? text : concat(text.substr(0, kCommandWidth - 3), "...");
    };
    const auto size = [human = call.human](Row row, Arguments) -> OrderedJson {
        const auto bytes = row.at("size").get<std::uint64_t>();
        return human ? size_cell(bytes) : std::to_string(bytes);
    };
    const auto id = [full = call.in_full](Row row, Arguments) -> OrderedJson {
        const auto text = row.at("id").get<std::string>();
        return full || text == kMissing ? text : short_id(text);
    };
    const auto comment = [](Row row, Arguments) -> OrderedJson { return row.value("comment", ""); };
    const auto tags = [](Row, Arguments) { return OrderedJson::array(); };  // podman's are always empty
    Methods methods{{"ID", id}, {"CreatedAt", created_at}, {"CreatedSince", created_since}, {"CreatedBy", created_by}, {"Size", size}, {"Comment", comment}, {"Tags", tags}};
    methods["Created"] = call.human ? Method{created_since} : Method{created_at};
    return methods;
}

int image_history(libpod::Runtime& runtime, const ImageHistoryCall& call) {
    if (call.quiet && !call.format.empty()) throw Error{ErrorKind::Invalid, "--quiet and --format exclude each other"};
    const auto& store = runtime.images();
    const auto image = store.find(call.name);
    const Listing listing{.name = "history",
                          .default_template = call.quiet ? "{{.ID}}" : "{{.ID}}\t{{.Created}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}",
                          .headers = {{"CreatedSince", "CREATED"}},
                          .rows = rows_of(store, image),
                          .methods = history_methods(call)};
    print_listing(listing, {.format = call.format, .no_heading = call.quiet, .json_indent = -1});
    return 0;
}

}  // namespace

void define_history(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ImageHistoryCall>();
    add_argument(command, "IMAGE", call->name);
    add_string(command, "--format", call->format, "FORMAT", "json, a Go template, or table TEMPLATE");
    add_flag(command, "-H,--human", call->human, "Sizes and times for people (default)");
    add_flag(command, "--no-trunc,--notruncate", call->in_full, "Whole IDs and commands");
    add_flag(command, "-q,--quiet", call->quiet, "IDs only");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return image_history(runtime, *call); };
}

}  // namespace skiff::cli
