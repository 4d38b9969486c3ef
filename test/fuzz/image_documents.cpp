// Fuzzes references, manifests, indexes, configs, archives' tables of contents, USER and --change. Built with
// clang++ -fsanitize=fuzzer; the unit tests replay seeds and their mutations.
#include "image_documents.h"

#include <cstdlib>

#include "image/config.h"
#include "image/config_change.h"
#include "image/manifest.h"
#include "image/reference.h"
#include "image/tar_index.h"
#include "image/transport.h"
#include "image/user_lookup.h"
#include "util/error.h"
#include "util/fd.h"

namespace skiff::image {
namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void check_reference(std::string_view text) {
    const auto reference = parse_reference(text);
    require(parse_reference(reference.text()) == reference);
    require(reference.path.find("..") == std::string::npos && reference.text().find_first_of(std::string_view{" \n\0\\\"", 5}) == std::string::npos);
    for (const auto& candidate : local_candidates(reference)) require(!candidate.is_short() && candidate.tag.empty() == candidate.digest.has_value());
}

void check_manifest(std::string_view text) {
    if (kind_of_document(text, "", "fuzz") == DocumentKind::Index) {
        select_platform(parse_index(text, "", "fuzz"), {"linux", "amd64", ""}, "fuzz");
        return;
    }
    const auto manifest = parse_manifest(text, "", "fuzz");
    const auto again = parse_manifest(write_manifest(manifest), manifest.media_type, "fuzz");
    require(again.layers.size() == manifest.layers.size() && again.config.digest == manifest.config.digest);
}

void check_config(std::string_view text) {
    const auto config = parse_config(text, "fuzz");
    for (const auto& entry : config.env) require(entry.find('=') != std::string::npos && entry.front() != '=' && entry.find('\0') == std::string::npos);
    for (const auto& digest : config.diff_ids) require(digest.is_sha256());
    require(parse_config(write_config(config), "fuzz").diff_ids == config.diff_ids);
}

void check_user(std::string_view text) {
    constexpr std::string_view kPasswd = "root:x:0:0::/root:\nweb:x:1000:100::/srv:\n4294967296:x:0:0::/:\n";
    const auto user = look_up_user(kPasswd, "wheel:x:10:web\n", text, {});
    require(user.uid <= 2147483647 && user.gid <= 2147483647);
    // Root only for those who say so.
    require(user.uid != 0 || text.empty() || text.substr(0, text.find(':')) == "0" || text.substr(0, text.find(':')) == "root");
}

void check_archive(std::string_view text) {
    const auto file = make_memfd("archive", text, /*sealed=*/false);
    const TarIndex index{file.get(), "fuzz"};
    for (const char* name : {"manifest.json", "index.json", "../x", "a"})
        if (const auto found = index.find(name)) require(found->offset + found->size <= text.size());
}

void parse_one(char which, std::string_view text) {
    ImageConfig config;
    switch (which) {
        case 'r': return check_reference(text);
        case 'm': return check_manifest(text);
        case 'c': return check_config(text);
        case 'u': return check_user(text);
        case 't': return check_archive(text);
        case 'l': require(!parse_location(text) || !parse_location(text)->path.empty()); return;
        default: return apply_change(config, text);
    }
}

}  // namespace

void fuzz_image_documents(std::string_view input) {
    if (input.empty()) return;
    try {
        parse_one(input.front(), input.substr(1));
    } catch (const Error&) {
        // refusing is right; only a crash or a bad value accepted is a finding
    }
}

}  // namespace skiff::image

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size);
#ifdef SKIFF_FUZZ_ENGINE
// Weak: the unit tests link several of these files, and call the functions above.
__attribute__((weak)) int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    skiff::image::fuzz_image_documents({reinterpret_cast<const char*>(data), size});
    return 0;
}
#endif
