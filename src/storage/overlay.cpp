#include "storage/overlay.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <thread>

#include "storage/overlay_internal.h"
#include "util/error.h"
#include "util/files.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

constexpr std::size_t kLongestParameter = 255;  // strndup_user(…, 256) in fsconfig(2)

bool plain(const std::string& path) { return path.find_first_of(":,\\\"") == std::string::npos && path.size() < 200; }

/// As the kernel can be told it: what has separators in it, or is long, goes by a held descriptor.
std::string kernel_name(const fs::path& path, std::vector<UniqueFd>& held) {
    if (plain(path.native())) return path.native();
    held.push_back(open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY));
    return proc_fd_path(held.back().get());
}

/// For one page of options: overlayfs splits at commas and colons without a backslash.
std::string escaped(const std::string& path) {
    std::string out;
    for (const char letter : path) {
        if (letter == ':' || letter == ',' || letter == '\\') out.push_back('\\');
        out.push_back(letter);
    }
    return out;
}

void set_string(int context, const char* key, const std::string& value) {
    if (::fsconfig(context, FSCONFIG_SET_STRING, key, value.c_str(), 0) != 0) {
        throw OverlayFailure{errno, concat(key, "=", value.substr(0, 80)), kernel_log(context)};
    }
}

UniqueFd open_context() {
    UniqueFd context{::fsopen("overlay", FSOPEN_CLOEXEC)};
    if (context) return context;
    if (errno == ENOSYS) throw MethodUnsupported{};
    if (errno == ENODEV) throw Error{ErrorKind::Unsupported, "this kernel has no overlayfs", "modprobe overlay"};
    throw SystemError{errno, "opening an overlay context"};
}

UniqueFd create_mount(int context, const OverlaySpec& spec) {
    if (::fsconfig(context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
        throw OverlayFailure{errno, {}, kernel_log(context)};
    }
    UniqueFd mount{::fsmount(context, FSMOUNT_CLOEXEC, spec.read_only ? MOUNT_ATTR_RDONLY : 0)};
    if (!mount) throw SystemError{errno, "making an overlay mount"};
    return mount;
}

void set_common(int context, const OverlaySpec& spec, const PreparedOverlay& prepared) {
    set_string(context, "source", "overlay");
    if (!spec.mount_label.empty()) set_string(context, "context", spec.mount_label);
    for (const auto& [key, value] : prepared.options) {
        if (!value.empty()) set_string(context, key.c_str(), value);
        else if (::fsconfig(context, FSCONFIG_SET_FLAG, key.c_str(), nullptr, 0) != 0) {
            throw OverlayFailure{errno, key, kernel_log(context)};
        }
    }
}

UniqueFd mount_appending(const OverlaySpec& spec, const PreparedOverlay& prepared) {
    const UniqueFd context = open_context();
    for (const auto& lower : prepared.lower) {
        if (::fsconfig(context.get(), FSCONFIG_SET_STRING, "lowerdir+", lower.c_str(), 0) == 0) continue;
        const int code = errno;
        // Linux 6.7 and later know the parameter; 6.1 gathers them unread until a page is full. What else is wrong, the next
        // way finds as well.
        if (code == EINVAL) throw MethodUnsupported{};
        throw OverlayFailure{code, concat("lower directory ", quote(lower)), kernel_log(context.get())};
    }
    set_common(context.get(), spec, prepared);
    try {
        return create_mount(context.get(), spec);
    } catch (const OverlayFailure& failure) {
        // Before Linux 6.5 overlayfs sees its parameters only here, so "lowerdir+" is refused only here, with the same
        // EINVAL as anything else that is wrong: the next way finds that as well.
        if (failure.code == EINVAL) throw MethodUnsupported{};
        throw;
    }
}

UniqueFd mount_joined(const OverlaySpec& spec, const PreparedOverlay& prepared) {
    const auto lower = join(prepared.lower, ":");
    if (lower.size() > kLongestParameter) throw MethodUnsupported{};
    const UniqueFd context = open_context();
    set_string(context.get(), "lowerdir", lower);
    set_common(context.get(), spec, prepared);
    return create_mount(context.get(), spec);
}

PreparedOverlay prepare(const OverlaySpec& spec, OverlayMethod method, bool index) {
    PreparedOverlay prepared;
    // A descriptor leads into the mount namespace it was opened in, so not from that of OnePage's child.
    const auto name = [&](const fs::path& path) {
        return method == OverlayMethod::OnePage ? escaped(path.native()) : kernel_name(path, prepared.held);
    };
    for (const auto& lower : spec.lower) prepared.lower.push_back(lower.link.empty() ? name(lower.path) : lower.link);
    if (spec.upper.empty()) return prepared;
    prepared.options.emplace_back("upperdir", name(spec.upper));
    prepared.options.emplace_back("workdir", name(spec.work));
    // With an index the kernel refuses an upper directory that another overlay uses, rather than warn.
    prepared.options.emplace_back("index", index ? "on" : "off");
    // Whatever this kernel's default is: upper must be readable as a plain tree for diff and commit.
    prepared.options.emplace_back("redirect_dir", "off");
    prepared.options.emplace_back("metacopy", "off");
    if (spec.volatile_) prepared.options.emplace_back("volatile", "");
    return prepared;
}

/// A mount that was volatile must not be mounted again unless somebody vouches for its content: no crash of the
/// kernel came in between, or the caller would have made upper anew. The kernel checks exclusive use first.
bool forget_volatile(const OverlaySpec& spec) {
    if (spec.work.empty()) return false;
    const UniqueFd incompat = open_at_if_exists(AT_FDCWD, spec.work / "work" / "incompat", O_RDONLY | O_DIRECTORY);
    if (!incompat) return false;
    if (::faccessat(incompat.get(), "volatile", F_OK, AT_SYMLINK_NOFOLLOW) != 0) return false;
    remove_tree_at(incompat.get(), "volatile");
    return true;
}

bool lies_on_overlay(const fs::path& path) {
    struct statfs status {};
    return ::statfs(path.c_str(), &status) == 0 && status.f_type == OVERLAYFS_SUPER_MAGIC;
}

[[noreturn]] void explain(const OverlaySpec& spec, const OverlayFailure& failure) {
    const auto what = concat("mounting an overlay on ", quote(spec.upper.empty() ? spec.lower.front().path.native() : spec.upper.native()));
    if (failure.code == EBUSY) throw Error{ErrorKind::InUse, concat(what, ": another overlay mount uses it")};
    if (failure.code == EINVAL && !spec.upper.empty() && lies_on_overlay(spec.upper)) {
        throw Error{ErrorKind::Unsupported, concat(what, ": it lies on an overlay itself, which cannot hold an upper directory"),
                    "put --root on a volume or a disk"};
    }
    const auto stacked = std::find_if(spec.lower.begin(), spec.lower.end(),
                                      [](const LowerDir& lower) { return lies_on_overlay(lower.path); });
    if (failure.code == EINVAL && stacked != spec.lower.end()) {
        throw Error{ErrorKind::Unsupported, concat(what, ": ", quote(stacked->path.native()),
                                                   " is itself on an overlay of overlays; the kernel stacks two")};
    }
    auto details = failure.parameter;
    if (!failure.log.empty()) details += concat(details.empty() ? "" : ": ", failure.log);
    throw SystemError{failure.code, details.empty() ? what : concat(what, ": ", details)};
}

UniqueFd mount_by(OverlayMethod method, const OverlaySpec& spec, bool index) {
    const auto prepared = prepare(spec, method, index);
    switch (method) {
        case OverlayMethod::Append: return mount_appending(spec, prepared);
        case OverlayMethod::Joined: return mount_joined(spec, prepared);
        case OverlayMethod::OnePage: return mount_one_page(spec, prepared);
    }
    throw MethodUnsupported{};
}

constexpr std::array kMethods{OverlayMethod::Append, OverlayMethod::Joined, OverlayMethod::OnePage};

UniqueFd try_methods(const OverlaySpec& spec, bool index) {
    for (const auto method : kMethods) {
        try {
            return mount_by(method, spec, index);
        } catch (const MethodUnsupported&) {
            log::debug("overlay: trying the next way to name lower directories");
        }
    }
    throw Error{ErrorKind::Unsupported, "this kernel cannot mount the overlay's lower directories"};
}

using Mounter = std::function<UniqueFd(bool index)>;

/// Waits for an upper directory that a dying mount namespace still uses; repairs what an earlier mount left.
UniqueFd mount_patiently(const OverlaySpec& spec, const Mounter& mounter) {
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + spec.busy_timeout;
    auto pause = std::chrono::milliseconds{1};
    bool index = true;
    for (;;) {
        try {
            return mounter(index);
        } catch (const OverlayFailure& failure) {
            if (failure.code == EBUSY && Clock::now() < deadline) {
                std::this_thread::sleep_for(pause);
                pause = std::min(pause * 2, std::chrono::milliseconds{50});
            } else if (failure.code == EINVAL && forget_volatile(spec)) {
                continue;
            } else if (failure.code == ESTALE && index && !upper_in_use(spec.upper, spec.work)) {
                index = false;  // the store was copied, so upper's record of its lower no longer holds
            } else {
                explain(spec, failure);
            }
        }
    }
}

void check(const OverlaySpec& spec) {
    if (spec.lower.empty()) throw Error{ErrorKind::Invalid, "an overlay needs a lower directory"};
    if (spec.lower.size() > kMaxLowerDirs) {
        throw Error{ErrorKind::Unsupported, concat("an overlay of ", spec.lower.size(), " lower directories: the kernel takes ", kMaxLowerDirs)};
    }
    if (spec.upper.empty() && spec.lower.size() == 1) throw Error{ErrorKind::Invalid, "an overlay of one lower directory needs an upper one"};
    if (spec.upper.empty() != spec.work.empty()) throw Error{ErrorKind::Invalid, "an overlay needs both upper and work directory, or neither"};
}

UniqueFd mount_with(const OverlaySpec& spec, const Mounter& mounter) {
    check(spec);
    const WorkingDirectory here{spec.link_directory};
    return mount_patiently(spec, mounter);
}

}  // namespace

std::string kernel_log(int context) {
    std::array<char, 1024> line;
    std::string all;
    for (ssize_t got; (got = ::read(context, line.data(), line.size())) > 0;) {
        std::string_view text{line.data(), static_cast<std::size_t>(got)};
        if (text.size() > 2) text.remove_prefix(2);  // "e " or "w "
        if (!all.empty()) all += "; ";
        all += trim(text);
    }
    return all;
}

WorkingDirectory::WorkingDirectory(const fs::path& path) {
    if (path.empty()) return;
    before_ = open_at(AT_FDCWD, ".", O_PATH | O_DIRECTORY);
    if (::chdir(path.c_str()) != 0) throw SystemError{errno, concat("changing directory to ", quote(path.native()))};
}

WorkingDirectory::~WorkingDirectory() {
    if (before_ && ::fchdir(before_.get()) != 0) log::warn("returning to the working directory failed, ignoring");
}

UniqueFd mount_overlay(const OverlaySpec& spec) {
    return mount_with(spec, [&](bool index) { return try_methods(spec, index); });
}

UniqueFd mount_overlay(const OverlaySpec& spec, OverlayMethod method) {
    try {
        return mount_with(spec, [&](bool index) { return mount_by(method, spec, index); });
    } catch (const MethodUnsupported&) {
        throw Error{ErrorKind::Unsupported, "this kernel cannot take the lower directories that way"};
    }
}

void attach_mount(int mount, const fs::path& target) {
    if (::move_mount(mount, "", AT_FDCWD, target.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0) {
        throw SystemError{errno, concat("attaching a mount at ", quote(target.native()))};
    }
}

void mount_overlay_at(const OverlaySpec& spec, const fs::path& target) {
    const UniqueFd mount = mount_overlay(spec);
    attach_mount(mount.get(), target);
}

bool upper_in_use(const fs::path& upper, const fs::path& work) {
    // The upper directory given as lower too: a mount that the kernel must refuse, and refuses as busy before it sees the
    // overlap. So nothing is mounted and nothing written.
    std::vector<UniqueFd> held;
    const auto upper_name = kernel_name(upper, held);
    const auto work_name = kernel_name(work, held);
    const UniqueFd context = open_context();
    try {
        set_string(context.get(), "lowerdir", upper_name);
        set_string(context.get(), "upperdir", upper_name);
        set_string(context.get(), "workdir", work_name);
        set_string(context.get(), "index", "on");
    } catch (const OverlayFailure& failure) {
        throw SystemError{failure.code, concat("probing ", quote(upper.native()), ": ", failure.parameter)};
    }
    if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0) return false;
    if (errno == EBUSY) return true;
    if (errno == ELOOP || errno == EINVAL) return false;
    throw SystemError{errno, concat("probing ", quote(upper.native()))};
}

}  // namespace skiff::storage
