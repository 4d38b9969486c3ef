#include "storage/layer_publish.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>

#include "state/intent.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

/// Six of 32 letters: 500 of them with separators fit into the one page that mount(2) takes.
std::string random_link() {
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::array<unsigned char, 6> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        throw SystemError{errno, "reading random bytes"};
    }
    std::string link;
    for (const auto byte : bytes) link.push_back(kLetters[byte % kLetters.size()]);
    return link;
}

std::string link_target(const Digest& chain_id) { return concat("../layers/", chain_id.hex(), "/diff"); }

fs::path lock_path(const fs::path& root, const Digest& chain_id) {
    { const UniqueFd staging = make_directory(root / "staging", 0700); }
    return root / "staging" / concat("layer-", chain_id.hex(), ".lock");
}

bool taken(const state::Database& db, const std::string& link) {
    auto query = db.prepare("SELECT 1 FROM layer WHERE link = ?");
    return query.bind(link).step();
}

std::optional<std::string> recorded_link(const state::Database& db, const Digest& chain_id) {
    auto query = db.prepare("SELECT link FROM layer WHERE chain_id = ?");
    if (!query.bind(chain_id.text()).step()) return std::nullopt;
    return query.text(0);
}

}  // namespace

fs::path layer_directory(const fs::path& root, const Digest& chain_id) { return root / "layers" / fs::path{chain_id.hex()}; }

ChainLock lock_chain(const fs::path& root, const Digest& chain_id) {
    auto lock = state::FileLock::exclusive_blocking(lock_path(root, chain_id));
    lock.record_owner();
    return ChainLock{std::move(lock)};
}

std::optional<ChainLock> try_lock_chain(const fs::path& root, const Digest& chain_id) {
    auto lock = state::FileLock::try_exclusive(lock_path(root, chain_id));
    if (!lock) return std::nullopt;
    return ChainLock{std::move(*lock)};
}

void discard_directory(const fs::path& root, const Digest& chain_id) {
    const StagingEntry grave{root, "discard"};
    if (::renameat(AT_FDCWD, layer_directory(root, chain_id).c_str(), grave.fd(), "layer") != 0 && errno != ENOENT) {
        throw SystemError{errno, concat("removing layer ", chain_id.text())};
    }
    fault_point("layer:discarded");
}

void remove_link(const fs::path& root, const std::string& link) {
    if (::unlink((root / "l" / link).c_str()) != 0 && errno != ENOENT) {
        throw SystemError{errno, concat("removing link ", quote(link))};
    }
}

LayerPublication::LayerPublication(const fs::path& root, const state::Database& db)
    : root_{root}, db_{&db}, entry_{root, "layer"} {
    const UniqueFd layer = make_directory_at(entry_.fd(), "layer", 0700);
    diff_ = make_directory_at(layer.get(), "diff", 0755);
    fault_point("layer:staged");
}

UnpackedLayer LayerPublication::unpack(Source& source, const LayerRequest& request) {
    const auto inflated = decompress(source, request.source);
    HashingSource tar{*inflated};
    UnpackedLayer unpacked{Digest::of(""), 0, {}};
    unpacked.size = apply_layer_apart(tar, diff_.get(), request.limits, unpacked.implied).size;
    fault_point("layer:unpacked");
    unpacked.diff_id = tar.digest();
    return unpacked;
}

void LayerPublication::sync() const {
    if (::syncfs(diff_.get()) != 0) throw SystemError{errno, "syncing an unpacked layer"};
    fault_point("layer:synced");
}

std::string LayerPublication::make_link(const Layer& layer) const {
    const UniqueFd links = make_directory(root_ / "l", 0700);
    std::string link = recorded_link(*db_, layer.chain_id).value_or("");
    const bool repairing = !link.empty();
    for (;;) {
        if (!repairing) link = random_link();
        if (repairing) remove_link(root_, link);
        else if (taken(*db_, link)) continue;
        if (::symlinkat(link_target(layer.chain_id).c_str(), links.get(), link.c_str()) == 0) return link;
        if (errno != EEXIST) throw SystemError{errno, concat("linking layer ", layer.chain_id.text())};
    }
}

LeasedLayer LayerPublication::publish(Layer layer) {
    { const UniqueFd layers = make_directory(root_ / "layers", 0700); }
    discard_directory(root_, layer.chain_id);  // without a row, or without its diff: a crash left it
    if (::renameat(entry_.fd(), "layer", AT_FDCWD, layer_directory(root_, layer.chain_id).c_str()) != 0) {
        throw SystemError{errno, concat("renaming to layer ", layer.chain_id.text())};
    }
    fault_point("layer:renamed");
    layer.link = make_link(layer);
    fault_point("layer:linked");
    state::Transaction transaction{*db_};
    db_->prepare("INSERT INTO layer (chain_id, parent, diff_id, size, link, blob, created_at) VALUES (?, ?, ?, ?, ?, ?, ?) "
                 "ON CONFLICT (chain_id) DO UPDATE SET size = excluded.size, link = excluded.link, blob = excluded.blob")
        .bind(layer.chain_id.text())
        .bind(layer.parent ? std::optional{layer.parent->text()} : std::nullopt)
        .bind(layer.diff_id.text()).bind(layer.size).bind(layer.link)
        .bind(layer.blob ? std::optional{layer.blob->text()} : std::nullopt)
        .bind(layer.created_at).run();
    const auto lease = state::begin_intent(*db_, "layer", layer.chain_id.text(), kLeaseStep);
    transaction.commit();
    fault_point("layer:recorded");
    return {std::move(layer), LayerLease{*db_, lease}, /*unpacked=*/true};
}

}  // namespace skiff::storage
