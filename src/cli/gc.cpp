#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/image_mounts.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "image/gc.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct GcCall {
    std::string keep_size, unused_for;
    bool dry_run = false;
};

image::GcOptions gc_options(const libpod::Runtime& runtime, const GcCall& call) {
    if (call.keep_size.empty() && call.unused_for.empty()) throw Error{ErrorKind::Invalid, "what may go is not said", "give --keep-size, --unused-for or both"};
    image::GcOptions options;
    if (!call.keep_size.empty()) {
        const auto bytes = parse_size(call.keep_size);
        if (!bytes || *bytes < 0) throw Error{ErrorKind::Invalid, concat("--keep-size: ", quote(call.keep_size), " is not a size"), "for instance 20GB"};
        options.keep_bytes = static_cast<std::uint64_t>(*bytes);
    }
    if (!call.unused_for.empty()) {
        const auto span = parse_duration(call.unused_for);
        if (!span || span->count() < 0) throw Error{ErrorKind::Invalid, concat("--unused-for: ", quote(call.unused_for), " is not a duration"), "for instance 72h"};
        options.used_before = now_nanos() - span->count();
    }
    options.in_use = [&runtime](const image::ImageRecord& record) { return is_image_mounted(runtime, record.id); };
    return options;
}

int gc(libpod::Runtime& runtime, const GcCall& call) {
    const auto& store = runtime.images();
    const auto plan = image::plan_gc(store, gc_options(runtime, call));
    Failures failures;
    for (const auto& record : plan.victims) {
        try {
            if (!call.dry_run) store.remove(record.id, {.force = true, .prune_parents = false});
            print_line(record.id);
        } catch (const Error& error) {
            // Used or removed since the plan was made: not ours to take.
            if (error.kind() != ErrorKind::InUse && error.kind() != ErrorKind::NotFound) failures.add(error);
        }
    }
    if (!call.dry_run) store.layers().remove_unreferenced();
    return failures.status();
}

}  // namespace

void define_gc(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<GcCall>();
    add_flag(command, "--dry-run", call->dry_run, "Print what would go, remove nothing");
    add_string(command, "--keep-size", call->keep_size, "SIZE", "Remove images until all layers take no more than this");
    add_string(command, "--unused-for", call->unused_for, "DURATION", "Only images that were not used for this long");
    invocation.action = [call](libpod::Runtime& runtime) { return gc(runtime, *call); };
}

}  // namespace skiff::cli
