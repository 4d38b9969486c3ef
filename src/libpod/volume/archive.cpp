#include "libpod/volume/archive.h"

#include <fcntl.h>

#include "libpod/runtime.h"
#include "libpod/volume/volume.h"
#include "storage/layer_apply.h"
#include "storage/source.h"
#include "storage/staging.h"
#include "storage/tar_tree.h"
#include "util/error.h"
#include "util/files.h"
#include "util/log.h"
#include "util/merge_tree.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// `volume mount` for as long as it lives.
class [[nodiscard]] MountedVolume {
public:
    MountedVolume(Runtime& runtime, const std::string& name) : runtime_{runtime}, name_{name}, directory_{open_directory(mount_volume(runtime, name))} {}
    MountedVolume(const MountedVolume&) = delete;
    MountedVolume& operator=(const MountedVolume&) = delete;
    ~MountedVolume() {
        directory_.reset();
        try {
            unmount_volume(runtime_, name_);
        } catch (const std::exception& error) {
            log::warn(concat("unmounting volume ", name_, ": ", error.what(), ", ignoring"));
        }
    }
    int fd() const noexcept { return directory_.get(); }

private:
    Runtime& runtime_;
    std::string name_;
    UniqueFd directory_;
};

}  // namespace

void export_volume(Runtime& runtime, const std::string& name, const std::function<void(std::string_view)>& sink) {
    const MountedVolume volume{runtime, name};
    storage::write_tree_tar(volume.fd(), sink, {});
}

void import_volume(Runtime& runtime, const std::string& name, int tar) {
    const MountedVolume volume{runtime, name};
    storage::sweep_staging(runtime.options().root);  // what an import that was killed left
    const storage::StagingEntry staging{runtime.options().root, "volume"};
    storage::FdSource raw{tar, "the archive"};
    const auto source = storage::decompress(raw);
    storage::apply_layer(*source, staging.fd());
    merge_children(staging.fd(), volume.fd(), {});
}

}  // namespace skiff::libpod
