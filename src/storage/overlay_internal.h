#pragma once
/// What overlay.cpp and overlay_page.cpp share. Internal to src/storage.

#include <string>
#include <utility>
#include <vector>

#include "storage/overlay.h"

namespace skiff::storage {

/// Names as they are handed to the kernel, relative to OverlaySpec::link_directory.
struct PreparedOverlay {
    std::vector<std::string> lower;
    std::vector<std::pair<std::string, std::string>> options;  ///< an empty value: a flag
    std::vector<UniqueFd> held;                                ///< what /proc/self/fd names lead to
};

/// The kernel does not know this way; another may do.
struct MethodUnsupported {};

/// The kernel refused the mount.
struct OverlayFailure {
    int code;
    std::string parameter;  ///< which one, when known
    std::string log;        ///< the context's messages
};

/// The messages of an fsopen(2) context, joined.
std::string kernel_log(int context);

/// Changes the working directory until destruction; an empty path changes nothing.
class WorkingDirectory {
public:
    explicit WorkingDirectory(const fs::path& path);
    WorkingDirectory(const WorkingDirectory&) = delete;
    WorkingDirectory& operator=(const WorkingDirectory&) = delete;
    ~WorkingDirectory();

private:
    UniqueFd before_;
};

/// OverlayMethod::OnePage. Only system calls between fork and exit.
UniqueFd mount_one_page(const OverlaySpec& spec, const PreparedOverlay& prepared);

}  // namespace skiff::storage
