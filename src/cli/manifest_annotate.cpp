#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/manifest_flags.h"
#include "cli/manifest_lookup.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct ManifestAnnotateCall {
    std::vector<std::string> words;
    EntryFlags entry;
    std::string subject;
    bool whole = false;
};

/// The manifest that an argument means: its digest, or an image that is here.
Digest digest_named(const image::ImageStore& store, const std::string& word) {
    if (const auto digest = Digest::try_parse(word)) return *digest;
    return store.find(word).manifest_digest;
}

void annotate_index(const image::ImageStore& store, const image::IndexStore& indexes, const std::string& id, const ManifestAnnotateCall& call) {
    if (call.words.size() > 1) throw Error{ErrorKind::Invalid, "--index is for the list itself: no image is wanted"};
    std::optional<image::Descriptor> subject;
    if (!call.subject.empty()) {
        const auto record = store.find(call.subject);
        subject = image::Descriptor{record.manifest_type, record.manifest_digest, record.manifest.size(), {}, {}, {}};
    }
    indexes.change(id, [&](image::ImageIndex& index) {
        for (const auto& [key, value] : parse_annotations(call.entry.annotations, "--annotation")) index.annotations[key] = value;
        if (subject) index.subject = subject;
    });
}

void annotate_entry(const image::ImageStore& store, const image::IndexStore& indexes, const std::string& id, const ManifestAnnotateCall& call) {
    if (call.words.size() != 2) throw Error{ErrorKind::Invalid, "a list and one image of it are wanted"};
    if (!call.subject.empty()) throw Error{ErrorKind::Invalid, "--subject is for the list itself", "add --index"};
    const auto digest = digest_named(store, call.words[1]);
    indexes.change(id, [&](image::ImageIndex& index) {
        const auto entry = std::find_if(index.entries.begin(), index.entries.end(), [&](const auto& one) { return one.manifest.digest == digest; });
        if (entry == index.entries.end()) throw Error{ErrorKind::NotFound, concat("manifest list ", quote(call.words[0]), ": no entry ", digest.text())};
        apply_entry_flags(call.entry, *entry);
    });
}

int annotate(libpod::Runtime& runtime, const ManifestAnnotateCall& call) {
    const image::IndexStore indexes{runtime.images().db()};
    const auto id = indexes.find(call.words.front()).id;
    if (call.whole) annotate_index(runtime.images(), indexes, id, call);
    else annotate_entry(runtime.images(), indexes, id, call);
    print_line(id);
    return 0;
}

}  // namespace

void define_manifest_annotate(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ManifestAnnotateCall>();
    add_arguments(command, "LIST IMAGE", call->words, /*required=*/true);
    add_entry_flags(command, call->entry);
    add_list_csv(command, "--os-features", call->entry.os_features, "FEATURE", "Features of the operating system that the image needs");
    add_flag(command, "--index", call->whole, "Annotate the list, not an entry");
    add_string(command, "--subject", call->subject, "IMAGE", "What the list refers to: an image that is here");
    invocation.action = [call](libpod::Runtime& runtime) { return annotate(runtime, *call); };
}

}  // namespace skiff::cli
